"""What an Unleash server needs beside the source: poller, webhook, usage metrics."""
