"""Acoustic features of a recording: MFCC, pitch and prosody, each from one array of samples."""
