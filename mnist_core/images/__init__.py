"""From a drawing or photo to the picture that MNIST's makers would have made, and random changes to such pictures."""

# Raised whenever the steps from a picture to 28x28 change what a model sees; saved with every model.
PREPROCESSING_VERSION = 2
