import Foundation
import NIOCore
import NIOPosix

/// Where reports and recordings go, and the thread that writes them, so that a slow disk mutes no call.
struct ReportFiles: Sendable {
    let directory: String
    let pool: NIOThreadPool

    /// Makes the directory if it is not there.
    init(directory: String) throws(SimulatorError) {
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw .fileUnwritable(path: directory, reason: error.localizedDescription)
        }
        self.directory = directory
        self.pool = NIOThreadPool(numberOfThreads: 1)
        self.pool.start()
    }

    func shutdown() async {
        try? await self.pool.shutdownGracefully()
    }

    /// Writes `NAME.wav` and `NAME.json`; `completion` runs on `loop` with the report as it was written.
    func write(
        _ report: CallReport, _ timeline: StereoTimeline?, on loop: any EventLoop,
        completion: @escaping @Sendable (CallReport, [SimulatorEvent]) -> Void
    ) {
        let directory = self.directory
        let written = self.pool.runIfActive(eventLoop: loop) { () -> (CallReport, [SimulatorEvent]) in
            var report = report
            var failures: [SimulatorEvent] = []
            let name = Self.fileName(of: report)
            if let timeline {
                let path = "\(directory)/\(name).wav"
                if let failure = Self.write(timeline.waveFile(), to: path) {
                    failures.append(failure)
                } else {
                    report.recording = "\(name).wav"
                }
            }
            let path = "\(directory)/\(name).json"
            if let failure = Self.write(report.encoded(), to: path) { failures.append(failure) }
            return (report, failures)
        }
        written.whenComplete { result in
            switch result {
            case .success((let report, let failures)): completion(report, failures)
            case .failure(let error):
                completion(report, [.notWritten(path: directory, reason: error.localizedDescription)])
            }
        }
    }

    /// The Call-ID with what could leave the directory or trouble a shell replaced; at most 120 characters.
    static func fileName(of report: CallReport) -> String {
        let safe = report.callID.unicodeScalars.map { scalar in
            let isSafe = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            return isSafe || scalar == "-" ? Character(scalar) : "_"
        }
        let number = String(report.number)
        return "call-" + String(repeating: "0", count: max(0, 4 - number.count)) + number + "-"
            + String(safe.prefix(100))
    }

    private static func write(_ bytes: [UInt8], to path: String) -> SimulatorEvent? {
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
            return nil
        } catch {
            return .notWritten(path: path, reason: error.localizedDescription)
        }
    }
}
