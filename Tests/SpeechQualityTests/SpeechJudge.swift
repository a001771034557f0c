import AudioCodecs
import Foundation
import PCM

/// Scores speech by PESQ narrow band (ITU-T P.862), in the Python of `.venv`.
struct SpeechJudge {
    enum Fault: Error, CustomStringConvertible {
        case notInstalled
        case failed(String)

        var description: String {
            switch self {
            case .notInstalled: "pesq is not installed: run `make test` or scripts/python-environment.sh"
            case .failed(let text): "score.py failed: \(text)"
            }
        }
    }

    private let folder: URL
    private var trials: [(reference: String, degraded: String)] = []
    private var references: Set<String> = []

    var trialCount: Int { self.trials.count }

    init() throws {
        self.folder = FileManager.default.temporaryDirectory
            .appending(path: "trunkline-speech-\(UInt32.random(in: .min ... .max))")
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
    }

    func removeAll() {
        try? FileManager.default.removeItem(at: self.folder)
    }

    /// Adds a trial; scores come in the order of trials.
    mutating func add(_ degraded: [Int16], of sample: SpeechSample) throws {
        let name = "\(self.trials.count).wav"
        try WaveFile.write(degraded, to: self.folder.appending(path: name))
        let reference = "\(sample.name)-original.wav"
        if self.references.insert(reference).inserted {
            try WaveFile.write(sample.samples, to: self.folder.appending(path: reference))
        }
        self.trials.append((reference, name))
    }

    /// The scores of all trials, -0.5 to 4.55.
    func scores() throws -> [Double] {
        let python = SpeechSample.project.appending(path: ".venv/bin/python")
        guard FileManager.default.isExecutableFile(atPath: python.path()) else { throw Fault.notInstalled }
        let list = self.trials.map { "\($0.reference) \($0.degraded)" }.joined(separator: "\n")
        try list.write(to: self.folder.appending(path: "trials"), atomically: true, encoding: .utf8)
        let script = SpeechSample.project.appending(path: "Tests/SpeechQualityTests/score.py")
        let process = Process()
        let pipe = Pipe()
        process.executableURL = python
        process.arguments = [script.path(), self.folder.path()]
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let scores = output.split(separator: "\n").compactMap { Double($0) }
        guard process.terminationStatus == 0, scores.count == self.trials.count else { throw Fault.failed(output) }
        return scores
    }
}
