"""The routes that are not the board: webhooks, forms, unsubscribe, desk, health."""
