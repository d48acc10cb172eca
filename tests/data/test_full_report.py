import re

import pytest

from core.data.full_report import FullReport, make_report
from core.errors import DatasetNotFound
from tests.waiting import wait_until

LOADS = re.compile(r"""(?:src|href|url\()\s*=?\s*["'(]?(https?:[^"')\s>]+)""")


@pytest.mark.slow
def test_the_report_is_made_beside_the_app_and_goes_with_the_data_set(datasets):
    info = datasets.add(b"name,n\n" + b"<script>alert(1)</script>,1\nb,2\n" * 20, "t.csv")
    report = FullReport(datasets.directory, info.id)
    assert report.status == "absent"
    report.start()
    report.start()  # asked twice, made once
    wait_until(lambda: report.status != "running", 120)
    assert report.status == "finished"
    html = report.html()
    assert "<script>alert(1)" not in html
    links = {link for link in LOADS.findall(html) if "wikipedia.org" not in link}
    assert not links  # what is left are words to click on; nothing is loaded from elsewhere
    datasets.remove(info.id)
    assert not list(datasets.directory.glob("*/report.html"))


def test_there_is_no_report_on_a_data_set_that_is_not_there(datasets):
    with pytest.raises(DatasetNotFound):
        FullReport(datasets.directory, "0" * 12).start()
    with pytest.raises(DatasetNotFound):
        make_report(datasets.directory, "0" * 12)
