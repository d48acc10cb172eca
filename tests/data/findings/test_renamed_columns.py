from core.data.findings.renamed_columns import RenamedColumns


def test_says_which_columns_have_other_names(run) -> None:
    renamed = {"a_2": "a", "column_3": " "}
    (finding,) = run(RenamedColumns(), a=[1], a_2=[2], column_3=[3], renamed=renamed)
    assert finding.severity == "info"
    assert "'a_2' is called 'a' in the file" in finding.message
    assert "'column_3' has no name in the file" in finding.message


def test_names_that_were_only_trimmed_are_none(run) -> None:
    assert run(RenamedColumns(), a=[1], renamed={"a": " a "}) == []
    assert run(RenamedColumns(), a=[1]) == []


def test_many_names_are_cut(run) -> None:
    renamed = {f"a_{n}": "a" for n in range(2, 42)}
    (finding,) = run(RenamedColumns(), a=[1], **dict.fromkeys(renamed, [1]), renamed=renamed)
    assert "35 more were renamed" in finding.message


def test_a_file_without_any_names_is_told(run) -> None:
    renamed = {"column_1": "", "column_2": ""}
    (finding,) = run(RenamedColumns(), column_1=[1], column_2=[2], renamed=renamed)
    assert "does not name its columns: they are 'column_1' to 'column_2'" in finding.message
