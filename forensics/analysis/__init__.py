"""Judgement: rules become queries, hits become findings, findings become answers, answers become a verdict.

The only wing that executes queries. `judgement.judge` is its door.
"""
