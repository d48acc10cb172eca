import logging

from streamlit.testing.v1 import AppTest


def test_unexpected_error_shows_a_number_and_logs_the_error(caplog):
    def script():
        from pages._ui.errors import show_unexpected

        show_unexpected(ZeroDivisionError("secret detail"))

    with caplog.at_level(logging.ERROR, logger="slipway.pages"):
        app = AppTest.from_function(script).run()

    shown = app.error[0].value
    assert "secret detail" not in shown
    record = next(record for record in caplog.records if record.name == "slipway.pages")
    assert record.exc_info is not None
    assert record.args[0] in shown


def test_error_of_a_callback_reads_as_help_in_the_next_run_only():
    def script():
        import streamlit as st

        from core.errors import DataError
        from pages._ui import errors

        @errors.guarded
        def fail():
            raise DataError("Column 'a_b' must be numbers. Got text.", "Change its kind.")

        errors.show_pending()
        st.button("Fail", on_click=fail, key="fail")

    app = AppTest.from_function(script).run()
    app.button(key="fail").click().run()
    assert not app.exception
    assert app.error[0].value == (
        "**Column 'a\\_b' must be numbers. Got text.**\n\nChange its kind."
    )
    assert not app.run().error


def test_what_was_drawn_before_an_error_stays():
    def script():
        import streamlit as st

        from core.errors import StorageError
        from pages._ui import errors

        with errors.error_boundary():
            st.write("before")
            raise StorageError("The disk is full.")

    app = AppTest.from_function(script).run()
    assert app.markdown[0].value == "before"
    assert app.error[0].value == "**The disk is full.**"
