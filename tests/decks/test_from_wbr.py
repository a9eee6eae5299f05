from cadence.decks.from_wbr import decimals_of, texts


def test_floats_become_the_shortest_texts_that_mean_the_same() -> None:
    assert texts([0.1, None, 470759324.0, 1e-12]) == ["0.1", None, "470759324", "1E-12"]


def test_as_many_decimals_as_tell_values_apart() -> None:
    assert decimals_of(texts([497.0, 12.0])) == 0
    assert decimals_of(texts([0.0947, 0.0961])) == 4
    assert decimals_of(texts([1234.5])) == 0
    assert decimals_of(texts([12.34])) == 1
    assert decimals_of(texts([1e-12])) == 9
    assert decimals_of([None]) == 0
