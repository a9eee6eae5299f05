"""A refusal as a command says it."""

from cadence.errors import Refusal


def in_a_line(refusal: Refusal) -> str:
    """Each field that is wrong and why, the first twenty of them, or the one sentence there is."""
    said = [
        f"{f'row {problem.row}, ' if problem.row else ''}{problem.field}: {problem.message}"
        for problem in refusal.problems[:20]
    ]
    if len(refusal.problems) > 20:
        said.append(f"and {len(refusal.problems) - 20} more")
    return "; ".join(said) or refusal.message
