import AudioFiles
import Foundation
import PCM

/// A directory of one test, removed with everything in it when the test lets go of it.
final class TemporaryDirectory: Sendable {
    let url: URL

    init() throws {
        self.url = FileManager.default.temporaryDirectory.appending(path: "audio-files-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: self.url, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: self.url)
    }

    var path: String { self.url.path }

    /// The file's bytes, read from its start to where it ends when the reader gets there, as a reader of a file that is
    /// still being written sees it.
    func bytes(of name: String) throws -> [UInt8] {
        let handle = try FileHandle(forReadingFrom: self.url.appending(path: name))
        defer { try? handle.close() }
        return [UInt8](try handle.read(upToCount: 64 << 20) ?? Data())
    }

    func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: self.url.appending(path: name))
    }
}

/// A WAV file of 16-bit PCM with the given channels, written out by hand.
func wav(hertz: Int, channels: [[Int16]]) -> [UInt8] {
    let frames = channels.first?.count ?? 0
    let length = frames * channels.count * 2
    var bytes = Array("RIFF".utf8) + little(36 + length, 4) + Array("WAVEfmt ".utf8)
    bytes += little(16, 4) + little(1, 2) + little(channels.count, 2) + little(hertz, 4)
    bytes += little(hertz * channels.count * 2, 4) + little(channels.count * 2, 2) + little(16, 2)
    bytes += Array("data".utf8) + little(length, 4)
    for frame in 0..<frames {
        for channel in channels { bytes += little(Int(channel[frame]), 2) }
    }
    return bytes
}

func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

func littleValue(_ bytes: [UInt8], at offset: Int) -> Int {
    (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
}

func sine(_ frequency: Double, hertz: Int, count: Int, amplitude: Double = 16_000) -> [Int16] {
    (0..<count).map { Int16((amplitude * sin(2 * .pi * frequency * Double($0) / Double(hertz))).rounded()) }
}

/// Polls until the condition holds, for at most ten seconds: the room's threads keep their own time.
func eventually(_ condition: () -> Bool) -> Bool {
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline {
        if condition() { return true }
        Thread.sleep(forTimeInterval: 0.005)
    }
    return condition()
}
