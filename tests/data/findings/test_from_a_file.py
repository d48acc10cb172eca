"""What reading does to a file must leave the findings something to find."""

from core.data.store import DatasetStore


def test_a_file_with_all_of_it_is_told_all_of_it(tmp_path, rng) -> None:
    lines = ["x,ratio,when,price,age,mail,x,,sensor,degrees,fahrenheit,height"]
    for n in range(200):
        degrees = round(rng.normal(15, 5), 2)
        cells = (
            round(rng.normal(), 3),
            "inf" if n == 3 else round(rng.random(), 2),
            f"{n % 12 + 1:02}/{n % 11 + 1:02}/2024",
            "see note" if n in (5, 9) else round(rng.normal(20, 3), 1),
            -999 if n == 7 else rng.integers(18, 80),
            f"p{n % 90}@example.org",
            *("abc"[n % 3], "xyz"[n % 2]),
            "" if n < 100 else round(rng.random(), 2),
            *(degrees, round(degrees * 1.8 + 32, 3)),
            1810 if n == 8 else round(rng.normal(172, 8)),
        )
        lines.append(",".join(map(str, cells)))
    store = DatasetStore(tmp_path, 2**20)
    info = store.add("\n".join(lines).encode(), "t.csv")
    found = {(finding.code, finding.column) for finding in info.findings}
    assert found >= {
        ("infinite-values", "ratio"),
        ("ambiguous-dates", "when"),
        ("mixed-types", "price"),
        ("sentinel-values", "age"),
        ("outliers", "height"),
        ("personal-data", "mail"),
        ("renamed-columns", None),
        ("missing-in-one-half", "sensor"),
        ("near-duplicate-columns", "fahrenheit"),
    }
