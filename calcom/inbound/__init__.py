"""What happens in Cal.com without us: webhooks, and the following of what they speak of."""
