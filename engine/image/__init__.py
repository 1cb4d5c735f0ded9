"""Pictures, masks and mattes in memory."""
