"""Training a network: what a run amounts to, the loop, its checkpoints. Import the parts by their module names.

Nothing is imported here, so that pages can use `mnist_core.training.plan` without loading torch.
"""
