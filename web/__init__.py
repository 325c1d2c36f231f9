"""The pages: a client of the API in the same process, drawn by the server in Chinese.

A page asks the API as whoever is signed in and decides nothing of its own: who may see and do what,
and what is refused, is the API's answer.
"""
