"""HuMP-CAT itself: the configuration, its building blocks, and the network made of them."""
