"""What of a conversation is not to be kept: found in texts, in speech that was written down too, and masked. Pure."""
