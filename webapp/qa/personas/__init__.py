"""Personas: made-up people whom features are looked at for, and what is expected of each feature.

They are kept in a file (`personas_file`); what is edited in the pages is kept in the database and
goes before it, until it is exported into the file or reset.

schema      what a persona is
yaml_file   the file: reading and writing
forms       what forms say of somebody
service     all of them, and editing
"""
