"""Fitted pipelines to compiled plans, and the proof that these answer the same.

Build-time part: it may import scikit-learn, which `core.serving.plan` never does.
"""
