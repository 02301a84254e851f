"""What needs a person: noticed by every gateway, said on the topic, told to a webhook."""
