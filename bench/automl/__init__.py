"""Slipway beside other tools that find a model by themselves: same rows, same splits, same budget, one after the other."""
