from core.serving.prediction_log.describing import describe_settings
from core.settings import Settings


def test_every_choice_is_said():
    said = describe_settings(
        Settings.from_environment(
            {
                "DATABASE_URL": "postgresql://me:s3cret@db.example/shop",
                "SLIPWAY_LOG_SHARE": "0.25",
                "SLIPWAY_LOG_DAYS": "1",
                "SLIPWAY_LOG_LEAVE_OUT": "titanic.Name, other.*",
                "SLIPWAY_LOG_HASH": "Ticket",
            }
        )
    )
    text = " ".join(said)
    assert "25% of the requests are kept" in text
    assert "for 1 day." in text
    assert "PostgreSQL shop on db.example" in text
    assert "titanic.Name, all columns of other are left out." in text
    assert "Ticket is kept as keyed hashes" in text
    assert "s3cret" not in text


def test_the_usual_settings_are_few_words(tmp_path):
    said = describe_settings(Settings.from_environment({"SLIPWAY_HOME": str(tmp_path)}))
    assert said[0] == "The rows of every request are kept, for 30 days."
    assert said[1] == f"They are in predictions.db in {tmp_path}."
