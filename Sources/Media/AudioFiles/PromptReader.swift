import CLinux
import PCM

/// Reads a prompt from its directory: finds the file, mixes it to mono, converts its rate.
final class PromptReader: Sendable {
    private let directory: OpenDirectory
    private let limits: PromptLimits

    init(directory: consuming OpenDirectory, limits: PromptLimits) {
        self.directory = directory
        self.limits = limits
    }

    func read(_ name: PromptName, rate: SampleRate) throws(AudioFilesError) -> Prompt {
        let descriptor = try self.open(name)
        let length = try self.length(of: descriptor, name: name)
        if length > self.limits.fileLengthInBytesMax {
            throw .tooLarge(name: name.text, lengthInBytes: length, max: self.limits.fileLengthInBytesMax)
        }
        let file = try SoundFile(descriptor, name: name.text)
        guard let conversion = RateConversion(from: file.hertz, to: rate.hertz) else {
            throw .unsupportedRate(name: name.text, hertz: file.hertz)
        }
        var mono: [Int16] = []
        let share = 1 / Float(file.channelCount)
        let framesMax = Int(self.limits.durationMax / .seconds(1) * Double(file.hertz))
        do {
            try file.forEachFrame(framesMax: framesMax) { frame in
                var sum: Float = 0
                for channel in 0..<frame.count { sum += frame[channel] }
                mono.append(SoundFile.sample(of: sum * share))
            }
        } catch {
            if case .tooLong = error { throw .tooLong(name: name.text, max: self.limits.durationMax) }
            throw error
        }
        return Prompt(name: name, rate: rate, samples: conversion.convert(mono.span))
    }

    private func open(_ name: PromptName) throws(AudioFilesError) -> OpenDescriptor {
        for fileName in name.fileNames {
            do {
                return try self.directory.open(fileName)
            } catch {
                if error.code == clinux_file_error_not_found() { continue }
                if error.code == clinux_file_error_outside() || error.code == clinux_file_error_loop() {
                    throw .outsideDirectory(name: name.text)
                }
                throw .unreadable(name: name.text, reason: error.reason)
            }
        }
        throw .notFound(name: name.text)
    }

    private func length(of descriptor: borrowing OpenDescriptor, name: PromptName) throws(AudioFilesError) -> Int {
        do {
            return Int(try descriptor.length())
        } catch {
            throw .unreadable(name: name.text, reason: error.reason)
        }
    }
}
