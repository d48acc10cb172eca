"""`servers.py KIND PORT [MODEL]`: what a model is mostly served by, and what answers nothing at all.

It imports nothing of Slipway, so that each can run in an environment of its own. KIND is `flask` (the
tutorial's `/predict`, in Flask's own server), `fastapi` (the same in FastAPI under uvicorn), or `floor`
(plain ASGI under uvicorn that reads the body and answers a constant).
"""

import logging
import sys


def flask(port: int, path: str) -> None:
    import joblib
    import pandas as pd
    from flask import Flask, jsonify, request

    app, model = Flask("naive"), joblib.load(path)

    @app.post("/predict")
    def predict():
        rows = request.get_json()["features"]
        frame = pd.DataFrame(rows if isinstance(rows, list) else [rows])
        return jsonify({"prediction": model.predict_proba(frame)[:, 1].tolist()})

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app.run("127.0.0.1", port)


def fastapi(port: int, path: str) -> None:
    import joblib
    import pandas as pd
    import uvicorn
    from fastapi import FastAPI

    app, model = FastAPI(), joblib.load(path)

    @app.post("/predict")
    def predict(body: dict):
        rows = body["features"]
        frame = pd.DataFrame(rows if isinstance(rows, list) else [rows])
        return {"prediction": model.predict_proba(frame)[:, 1].tolist()}

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False)


def floor(port: int, path: str = "") -> None:
    import uvicorn

    answer = b'{"prediction":[0.5]}'
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))]

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            while True:
                kind = (await receive())["type"]
                await send({"type": f"{kind}.complete"})
                if kind == "lifespan.shutdown":
                    return
        more = True
        while more:
            more = (await receive()).get("more_body", False)
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False)


if __name__ == "__main__":
    kinds = {"flask": flask, "fastapi": fastapi, "floor": floor}
    kinds[sys.argv[1]](int(sys.argv[2]), *sys.argv[3:])
