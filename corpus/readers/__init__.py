"""The readers, one module a format.

Shared by several of them: XML elements and streams, records, field names, PDF layout, unpacking.
"""
