"""The voice agent as code: its tools, its way through a call, and what tells it how to speak."""
