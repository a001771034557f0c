import Foundation
import Synchronization

/// A program that a test started: its lines of output, its signals, its end. Ended when the test lets go of it.
final class ChildProgram: Sendable {
    private struct Output {
        var lines: [String] = []
        var rest: [UInt8] = []
        var isClosed = false

        mutating func take(_ data: Data) {
            self.rest += data
            while let end = self.rest.firstIndex(of: UInt8(ascii: "\n")) {
                self.lines.append(String(decoding: self.rest[..<end], as: UTF8.self))
                self.rest.removeSubrange(...end)
            }
        }
    }

    /// What the reading thread holds: not the program itself, which must end when its test has failed and let go of it.
    private final class OutputLog: Sendable {
        let output = Mutex(Output())
    }

    enum Fault: Error, CustomStringConvertible {
        case lineMissing(String, after: Duration, seen: [String])
        case stillRunning(String, after: Duration)

        var description: String {
            switch self {
            case .lineMissing(let wanted, let time, let seen):
                "no line with \"\(wanted)\" within \(time); seen: \(seen.suffix(20).joined(separator: " / "))"
            case .stillRunning(let name, let time): "\(name) still runs after \(time)"
            }
        }
    }

    let name: String
    private let process: Mutex<Process>
    private let log = OutputLog()
    let processIdentifier: Int32

    /// Starts a program; standard output and standard error come together as lines.
    ///
    /// - Parameter program: a path, or a name that is looked up in PATH.
    init(_ program: String, _ arguments: [String], directory: URL? = nil, environment: [String: String] = [:]) throws {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        // A thread of the cooperative pool has all signals blocked, and a child would inherit that: SIGTERM in vain.
        process.arguments = ["--default-signal", program] + arguments
        process.currentDirectoryURL = directory
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        self.name = program
        // One at a time: a program that starts meanwhile would inherit the descriptors by whose end this one's is seen.
        try Self.launching.withLock { _ in try process.run() }
        self.processIdentifier = process.processIdentifier
        self.process = Mutex(process)
        let reader = pipe.fileHandleForReading
        Thread.detachNewThread { [log] in
            // `read(upToCount:)` waits until that many bytes have come; lines are wanted as they come.
            while case let data = reader.availableData, !data.isEmpty { log.output.withLock { $0.take(data) } }
            log.output.withLock { $0.isClosed = true }
        }
    }

    deinit {
        self.process.withLock { process in
            if process.isRunning { process.terminate() }
        }
    }

    var lines: [String] { self.log.output.withLock { $0.lines } }

    var isRunning: Bool { self.process.withLock { $0.isRunning } }

    func signal(_ number: Int32) {
        kill(self.processIdentifier, number)
    }

    /// Waits for a line that holds `text`, also one that came before, and returns it.
    @discardableResult
    func line(with text: String, within time: Duration = .seconds(60)) async throws -> String {
        let deadline = ContinuousClock.now + time
        while ContinuousClock.now < deadline {
            let (found, isClosed) = self.log.output.withLock { output in
                (output.lines.first { $0.contains(text) }, output.isClosed)
            }
            if let found { return found }
            if isClosed { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Fault.lineMissing(text, after: time, seen: self.lines)
    }

    /// Waits for the end and returns the exit status: negative for the number of a signal. `lines` is whole then, unless
    /// children of the program's hold its output for longer than a second.
    func exitStatus(within time: Duration = .seconds(60)) async throws -> Int32 {
        let deadline = ContinuousClock.now + time
        while self.isRunning {
            guard ContinuousClock.now < deadline else { throw Fault.stillRunning(self.name, after: time) }
            try await Task.sleep(for: .milliseconds(20))
        }
        // The thread that reads may come later than the word of the end.
        let last = ContinuousClock.now + .seconds(1)
        while !self.log.output.withLock({ $0.isClosed }), ContinuousClock.now < last {
            try await Task.sleep(for: .milliseconds(5))
        }
        return self.process.withLock { process in
            process.terminationReason == .uncaughtSignal ? -process.terminationStatus : process.terminationStatus
        }
    }

    /// Asks the program to end, and makes it after `time`.
    func stop(within time: Duration = .seconds(10)) async throws {
        guard self.isRunning else { return }
        self.signal(SIGTERM)
        do {
            _ = try await self.exitStatus(within: time)
        } catch {
            self.signal(SIGKILL)
            _ = try await self.exitStatus(within: time)
        }
    }

    private static let launching = Mutex(())
}
