"""The page Models: the models, the encoders that they read speech with, and what is kept of both."""
