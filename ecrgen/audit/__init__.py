"""Questions to an account, and to the messages that it gives"""
