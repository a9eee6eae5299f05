"""Running history through Cadence: daily figures, as businesses have them, week by week."""
