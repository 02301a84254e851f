"""HEMIS's REST API: the client, how pages are read, how calls are paced and tried again."""
