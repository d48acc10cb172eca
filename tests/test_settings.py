import pytest

from core.errors import SettingsError
from core.settings import ROOT, Settings, usable_cores


def test_defaults_live_in_the_project():
    settings = Settings.from_environment({})
    assert settings.home == ROOT / "data" / "store"
    assert settings.tracking_uri == f"sqlite:///{settings.home / 'registry.db'}"


def test_the_environment_decides(tmp_path):
    settings = Settings.from_environment(
        {
            "SLIPWAY_HOME": str(tmp_path),
            "MLFLOW_TRACKING_URI": "http://registry:5000",
            "SLIPWAY_MAX_UPLOAD_MB": "5",
            "SLIPWAY_TRAINING_PROCESSES": "3",
            "SLIPWAY_TRAINING_RUNS": "4",
            "DASK_SCHEDULER_ADDRESS": " tcp://cluster:8786 ",
        }
    )
    assert settings.datasets_dir == tmp_path / "datasets"
    assert settings.tracking_uri == "http://registry:5000"
    assert settings.max_upload_bytes == 5 * 2**20
    assert settings.training_processes == 3
    assert settings.training_runs == 4
    assert settings.dask_scheduler == "tcp://cluster:8786"


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5"])
def test_a_value_that_cannot_be_used_is_named(value):
    with pytest.raises(SettingsError, match="SLIPWAY_MAX_UPLOAD_MB must be a whole number"):
        Settings.from_environment({"SLIPWAY_MAX_UPLOAD_MB": value})


def test_addresses_are_fetched_from_only_where_they_are_allowed():
    assert Settings.from_environment({}).url_schemes == ()
    settings = Settings.from_environment(
        {"SLIPWAY_ALLOW_URLS": "https, s3", "SLIPWAY_ALLOWED_HOSTS": "Example.org,.data.gov"}
    )
    assert settings.url_schemes == ("https", "s3")
    assert settings.url_hosts == ("example.org", ".data.gov")
    with pytest.raises(SettingsError, match="SLIPWAY_ALLOW_URLS must name kinds of address"):
        Settings.from_environment({"SLIPWAY_ALLOW_URLS": "file"})


def test_cores_are_those_that_the_container_may_use(tmp_path):
    alone = usable_cores(tmp_path)
    assert alone >= 1
    group = tmp_path / "sys/fs/cgroup"
    group.mkdir(parents=True)
    (group / "cpu.max").write_text("max 100000\n")
    assert usable_cores(tmp_path) == alone
    (group / "cpu.max").write_text("50000 100000\n")
    assert usable_cores(tmp_path) == 1


def test_vertex_ai_says_where_to_listen_and_what_it_will_ask(tmp_path):
    settings = Settings.from_environment(
        {
            "AIP_HTTP_PORT": "8080",
            "AIP_PREDICT_ROUTE": "/ask",
            "AIP_HEALTH_ROUTE": "/well",
            "AIP_STORAGE_URI": f"file://{tmp_path}",
        }
    )
    assert (settings.api.port, settings.api.predict_route, settings.api.health_route) == (
        8080,
        "/ask",
        "/well",
    )
    assert settings.home == tmp_path.resolve()
    elsewhere = Settings.from_environment({"AIP_STORAGE_URI": "gs://bucket/model"})
    assert elsewhere.home == Settings.from_environment({}).home


@pytest.mark.parametrize("route", ["ask", "/ask/{name}"])
def test_a_route_that_cannot_be_asked_is_refused(route):
    with pytest.raises(SettingsError, match="AIP_PREDICT_ROUTE must be a path"):
        Settings.from_environment({"AIP_PREDICT_ROUTE": route})


def test_the_prediction_log_is_on_until_somebody_says_otherwise():
    log = Settings.from_environment({}).log
    assert (log.is_on, log.share, log.days, log.left_out, log.hashed) == (True, 1.0, 30, (), ())
    assert not Settings.from_environment({"SLIPWAY_LOG_PREDICTIONS": "no"}).log.is_on


def test_columns_are_named_as_they_are_written():
    log = Settings.from_environment(
        {"SLIPWAY_LOG_LEAVE_OUT": 'titanic.Name, "Street, No.", *', "SLIPWAY_LOG_HASH": "Age,"}
    ).log
    assert log.left_out == ("titanic.Name", "Street, No.", "*")
    assert log.hashed == ("Age",)


@pytest.mark.parametrize("value", ["0", "1.5", "-1", "all", "nan"])
def test_a_share_is_above_0_and_up_to_1(value):
    with pytest.raises(
        SettingsError, match="SLIPWAY_LOG_SHARE must be a number above 0 and up to 1"
    ):
        Settings.from_environment({"SLIPWAY_LOG_SHARE": value})


def test_a_database_is_postgresql_however_it_is_spelt_and_its_password_is_not_shown():
    for scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        settings = Settings.from_environment({"DATABASE_URL": f"{scheme}://me:s3cret@host/shop"})
        assert settings.database_url == "postgresql://me:s3cret@host/shop"
        assert "s3cret" not in repr(settings)
    with pytest.raises(SettingsError, match="must begin with postgresql://. Got 'mysql'") as caught:
        Settings.from_environment({"DATABASE_URL": "mysql://me:s3cret@host/shop"})
    assert "s3cret" not in caught.value.message
