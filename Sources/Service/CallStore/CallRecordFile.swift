import CallControl
import Foundation
import JSON
import Reactor
import Timekeeping

/// Call records as lines of JSON in one file, each on the disk before the call is gone.
///
/// A thread of its own writes: what calls leave meanwhile it takes in one pass and syncs once, so that no call waits for
/// another's sync and nobody but a call that is over waits for the disk. Lines are written on a descriptor in append mode,
/// so that a killed process leaves whole lines, and two processes may share the file. A call that is alive is noted in a
/// journal beside it; what a killed process left there becomes records by `recover`.
package final class CallRecordFile: CallRecordStore {
    private let path: String
    private let hasJournal: Bool
    private let desk: RecordDesk
    private let waker: Waker
    private let thread: LoopThread

    /// How long what could not be written waits for the next attempt.
    private static let pause = Duration.seconds(5)
    /// Records that wait for the disk; of further ones only the journal knows.
    package static let waitingMax = RecordWriter.waitingMax

    /// - Parameters:
    ///   - recordings: the directory in which a call's recording is named after its id.
    ///   - write: the kernel's, unless a test says otherwise.
    package init(
        path: String, recordings: String? = nil, write: FileWrite? = nil
    ) throws(CallRecordStoreError) {
        let write = write ?? LineFile.systemWrite
        self.path = path
        // A pipe or a terminal that takes records is no place for a journal.
        let hasJournal = Self.isFileOrMissing(path)
        self.hasJournal = hasJournal
        let desk = RecordDesk()
        self.desk = desk
        do throws(ReactorError) {
            let waker = try Waker()
            self.waker = waker
            self.thread = try LoopThread.start(name: "records") { _ in
                let journal: CallJournal? =
                    hasJournal
                    ? .some(
                        CallJournal(
                            directory: Self.journalDirectory(of: path), recordings: recordings, write: write)) : nil
                var writer = RecordWriter(path: path, journal: journal, write: write)
                do throws(ReactorError) {
                    try Self.serve(desk, &writer, try Reactor(batch: 1, waker: waker))
                } catch {
                    desk.close(CallRecordStoreError(error, path: path))
                }
            }
        } catch {
            throw CallRecordStoreError(error, path: path)
        }
    }

    /// Waits until what was left has been written.
    deinit {
        self.desk.stop()
        self.waker.wake()
        self.thread.join()
    }

    package func note(_ record: CallRecord) throws(CallRecordStoreError) {
        guard self.hasJournal else { return }
        try self.desk.note(record)
        self.waker.wake()
    }

    package func store(_ record: CallRecord) async throws(CallRecordStoreError) {
        let fault = await withCheckedContinuation { continuation in
            self.desk.store(record) { continuation.resume(returning: $0) }
            self.waker.wake()
        }
        if let fault { throw fault }
    }

    /// Tries again to write what the disk has not taken; returns how many records are left.
    package func retry() async -> Int {
        await withCheckedContinuation { continuation in
            self.desk.attempt { continuation.resume(returning: $0) }
            self.waker.wake()
        }
    }

    private static func serve(
        _ desk: RecordDesk, _ writer: inout RecordWriter, _ reactor: Reactor
    ) throws(ReactorError) {
        while true {
            let isStopping = desk.isStopping
            let batch = desk.take()
            if !batch.isEmpty {
                writer.write(batch, for: desk)
            } else if isStopping {
                return writer.retry(for: desk)
            } else {
                let attempt = writer.hasWaiting ? Reactor.now() + Self.pause : nil
                try reactor.wait(until: attempt) { _ in }
                if let attempt, attempt <= Reactor.now() { writer.retry(for: desk) }
            }
        }
    }

    /// Writes the records of calls that were alive when their process was killed, each once, and returns how many.
    /// Waits for the disk itself: nothing runs yet when it is called.
    package func recover() throws(CallRecordStoreError) -> Int {
        guard self.hasJournal else { return 0 }
        var writer = RecordWriter(path: self.path, journal: nil, write: LineFile.systemWrite)
        var count = 0
        try LeftCalls(directory: Self.journalDirectory(of: self.path)).takeEach {
            (records) throws(CallRecordStoreError) in
            let identifiers = Set(records.compactMap { $0["id"]?.asString })
            let known = self.known(of: identifiers)
            let missing = records.filter { !known.contains($0["id"]?.asString ?? "") }
            guard !missing.isEmpty else { return }
            try writer.append(missing.map { $0.encoded() })
            count += missing.count
        }
        return count
    }

    /// Which of the calls have a record already: their process, or one that recovered them, was killed right after. A line
    /// that is torn is no record.
    private func known(of identifiers: Set<String>) -> Set<String> {
        guard let data = try? Data(contentsOf: URL(filePath: self.path), options: .mappedIfSafe) else { return [] }
        let head = Data(#"{"id":""#.utf8)
        var known: Set<String> = []
        var rest = data[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
            let line = rest[..<end]
            if line.starts(with: head) {
                let identifier = String(decoding: line.dropFirst(head.count).prefix(32), as: UTF8.self)
                if identifiers.contains(identifier), let record = try? JSONReader.parse(Array(line)),
                    record["id"]?.asString == identifier
                {
                    known.insert(identifier)
                }
            }
            rest = rest[end...].dropFirst()
        }
        return known
    }

    private static func journalDirectory(of path: String) -> String { "\(path).live" }

    private static func isFileOrMissing(_ path: String) -> Bool {
        // A link is followed: what matters is where the lines go.
        let target = URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
        let attributes = try? FileManager.default.attributesOfItem(atPath: target)
        return attributes.map { $0[.type] as? FileAttributeType == .typeRegular } ?? true
    }
}

extension CallRecordStoreError {
    fileprivate init(_ error: ReactorError, path: String) {
        switch error {
        case .systemCall(_, let code): self = .fileUnusable(path: path, code: code)
        }
    }
}
