"""Previews: the product through somebody's eyes, for QA and product managers.

service.Previews    makes, opens, ends and remembers them
routes.init_app     the banner, the way out, and what stands where a preview was
"""
