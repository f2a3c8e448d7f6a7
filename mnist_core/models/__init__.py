"""Networks that read as a list of layers, and the recipes that train them."""

from mnist_core.models.layers import Layer, layer_table, parameter_count
from mnist_core.models.recipes import RECIPES, Recipe, recipe

__all__ = ["RECIPES", "Layer", "Recipe", "layer_table", "parameter_count", "recipe"]
