#!/usr/bin/env python3
"""score.py FOLDER: prints the PESQ score (narrow band) of each trial of FOLDER/trials, a line "REFERENCE DEGRADED" each.

The degraded speech is laid over its reference where the two correlate best, so that the silence before it does not
count; what drifts after that is PESQ's to align. Uses all processors; the scores do not depend on how many there are.
"""
import os
import sys
import wave
from multiprocessing import Pool

import numpy
import pesq

RATE = 8000


def samples(path):
    with wave.open(path) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2), path
        return numpy.frombuffer(file.readframes(file.getnframes()), dtype="<i2")


def score(paths):
    reference, degraded = (samples(path) for path in paths)
    size = 1 << (len(reference) + len(degraded)).bit_length()
    spectrum = numpy.fft.rfft(degraded, size) * numpy.conj(numpy.fft.rfft(reference, size))
    lag = int(numpy.argmax(numpy.fft.irfft(spectrum, size)[:len(degraded)]))
    aligned = numpy.zeros(len(reference), dtype=numpy.int16)
    heard = degraded[lag:lag + len(reference)]
    aligned[:len(heard)] = heard
    return pesq.pesq(RATE, reference, aligned, "nb")


def main():
    folder = sys.argv[1]
    with open(os.path.join(folder, "trials")) as file:
        trials = [[os.path.join(folder, name) for name in line.split()] for line in file]
    pool = Pool()
    for value in pool.map(score, trials, chunksize=4):
        print("%.4f" % value)
    # Not `with`: that ends the workers by SIGTERM, which is blocked where a thread of a test starts this program.
    pool.close()
    pool.join()


if __name__ == "__main__":
    main()
