import AudioFiles
import Foundation
import PCM
import Synchronization
import Testing

@Suite struct RecordingWriterTests {
    private let directory: TemporaryDirectory

    init() throws {
        self.directory = try TemporaryDirectory()
    }

    private func writer(_ change: (inout RecordingLimits) -> Void = { _ in }) throws -> RecordingWriter {
        var limits = RecordingLimits()
        limits.freeDiskInBytesMin = 0
        change(&limits)
        return try RecordingWriter(directory: self.directory.path, limits: limits)
    }

    private func name(_ text: String) throws -> RecordingName {
        try RecordingName(validating: text)
    }

    private func append(_ left: [Int16], _ right: [Int16], to recording: Recording) -> Bool {
        recording.append(left: left.span, right: right.span)
    }

    private func report(of recording: Recording) throws -> RecordingReport {
        #expect(eventually { recording.report != nil })
        return try #require(recording.report)
    }

    /// The header's two sizes, and how many bytes of samples the file really has.
    private func sizes(_ name: String) throws -> (riff: Int, data: Int, actual: Int) {
        let bytes = try self.directory.bytes(of: name)
        return (littleValue(bytes, at: 4), littleValue(bytes, at: 40), bytes.count - 44)
    }

    /// A call that is never answered leaves no file, however long it rings.
    @Test func nothingToRecordLeavesNoFile() throws {
        let writer = try self.writer()
        let silent = try writer.open(self.name("never-answered"))
        let heard = try writer.open(self.name("answered"))
        #expect(self.append([1], [1], to: heard))
        heard.finish()
        // The writer has passed both by when one of them is closed.
        _ = try self.report(of: heard)
        silent.finish()
        let report = try self.report(of: silent)
        #expect(report.isEmpty)
        #expect(try !self.report(of: heard).isEmpty)
        #expect(!FileManager.default.fileExists(atPath: report.path))
        #expect(writer.openCount == 0)
    }

    /// The directory is removed, or moved away and made again, while the writer runs: recordings follow its path.
    @Test(arguments: [true, false]) func aReplacedDirectoryIsFollowed(isMadeAgain: Bool) throws {
        let writer = try self.writer()
        try FileManager.default.moveItem(atPath: self.directory.path, toPath: self.directory.path + ".old")
        if isMadeAgain {
            try FileManager.default.createDirectory(atPath: self.directory.path, withIntermediateDirectories: false)
        }
        let recording = try writer.open(self.name("after"))
        #expect(self.append([1, 2], [3, 4], to: recording))
        recording.finish()
        #expect(try self.report(of: recording).fault == nil)
        #expect(try self.sizes("after.wav").data == 8)
        writer.shutdown()
        try FileManager.default.removeItem(atPath: self.directory.path + ".old")
    }

    /// The caller is left, the bot right, and every frame is there, in a file that is its owner's alone.
    @Test func aRecordingHoldsBothSides() throws {
        let writer = try self.writer()
        let recording = try writer.open(self.name("call-1"))
        let left = sine(300, hertz: 8_000, count: 8_000)
        let right = sine(900, hertz: 8_000, count: 8_000)
        for start in stride(from: 0, to: 8_000, by: 160) {
            #expect(self.append(Array(left[start..<start + 160]), Array(right[start..<start + 160]), to: recording))
        }
        #expect(recording.report == nil)
        recording.finish()
        let report = try self.report(of: recording)
        #expect(
            report
                == RecordingReport(
                    path: self.directory.path + "/call-1.wav", duration: .seconds(1), dropped: .zero, fault: nil))
        let contents = try SoundContents.read(path: report.path)
        #expect(contents == SoundContents(hertz: 8_000, channels: [left, right]))
        let attributes = try FileManager.default.attributesOfItem(atPath: report.path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        #expect(writer.openCount == 0)
    }

    /// At no moment does the header claim more than the file has, nor less than what was appended a second before.
    @Test func theHeaderIsValidAtEveryMoment() throws {
        let writer = try self.writer()
        let recording = try writer.open(self.name("live"))
        let frame = [Int16](repeating: 1_000, count: 160)
        #expect(self.append(frame, frame, to: recording))
        var appended = 160 * 4
        var history: [(time: ContinuousClock.Instant, appended: Int)] = []
        #expect(eventually { (try? self.sizes("live.wav")) != nil })
        let start = ContinuousClock.now
        var sent = start
        while ContinuousClock.now < start + .seconds(2) {
            if ContinuousClock.now >= sent {
                #expect(self.append(frame, frame, to: recording))
                appended += 160 * 4
                sent += .milliseconds(20)
                history.append((.now, appended))
            }
            let due = history.last { $0.time < .now - .seconds(1) }?.appended ?? 0
            let sizes = try self.sizes("live.wav")
            #expect(sizes.riff == sizes.data + 36)
            #expect(sizes.data <= sizes.actual)
            #expect(sizes.data >= due)
        }
        recording.finish()
        #expect(try self.report(of: recording).fault == nil)
        #expect(try self.sizes("live.wav").data == appended)
    }

    /// A ring that is full drops frames, counts them, and keeps what follows in its place.
    @Test func aHoleIsSilence() throws {
        let writer = try self.writer()
        let recording = try writer.open(self.name("hole"))
        let second = [Int16](repeating: 100, count: 8_000)
        var dropped = 0
        // Faster than any disk is asked to be: the ring holds two seconds.
        for _ in 0..<6 where !self.append(second, second, to: recording) { dropped += 1 }
        #expect(dropped >= 1)
        let tail = [Int16](repeating: 200, count: 8_000)
        while !self.append(tail, tail, to: recording) {
            dropped += 1
            Thread.sleep(forTimeInterval: 0.05)
        }
        recording.finish()
        let report = try self.report(of: recording)
        #expect(report.dropped == .seconds(dropped))
        let left = try SoundContents.read(path: report.path).channels[0]
        #expect(report.duration == .seconds(left.count / 8_000))
        #expect(left.filter { $0 == 0 }.count == dropped * 8_000)
        #expect(Array(left.suffix(8_000)) == tail)
    }

    /// What was dropped last of all has its place too.
    @Test func aHoleAtTheEndIsSilence() throws {
        let writer = try self.writer()
        let recording = try writer.open(self.name("end"))
        let second = [Int16](repeating: 100, count: 8_000)
        #expect(self.append(second, second, to: recording))
        // More than the ring holds can never be taken.
        let much = [Int16](repeating: 100, count: 16_385)
        #expect(!self.append(much, much, to: recording))
        recording.finish()
        let report = try self.report(of: recording)
        #expect(report.dropped == SampleRate.hz8000.duration(ofSamples: 16_385))
        #expect(report.duration == .seconds(1) + report.dropped)
        let left = try SoundContents.read(path: report.path).channels[0]
        #expect(left.count == 24_385)
        #expect(left.dropFirst(8_000).allSatisfy { $0 == 0 })
    }

    /// The limit of the file's size, which is the header's own by default.
    @Test func aFileStopsAtItsLimit() throws {
        let writer = try self.writer { $0.fileLengthInBytesMax = 44 + 4 * 100 + 3 }
        let recording = try writer.open(self.name("limit"))
        let frames = [Int16](repeating: 5, count: 160)
        #expect(self.append(frames, frames, to: recording))
        let report = try self.report(of: recording)
        #expect(report.fault == .fileSizeLimit)
        #expect(try SoundContents.read(path: report.path).channels[0].count == 100)
        // The call goes on, and the closed recording takes what it is given until its ring is full.
        #expect(self.append(frames, frames, to: recording))
        #expect(RecordingLimits().fileLengthInBytesMax == 4_294_967_295)
    }

    @Test func anExistingFileIsLeftAlone() throws {
        try self.directory.write([1, 2, 3], to: "taken.wav")
        let writer = try self.writer()
        let recording = try writer.open(self.name("taken"))
        #expect(self.append([1], [1], to: recording))
        let report = try self.report(of: recording)
        #expect(report.fault == .alreadyExists)
        #expect(try self.directory.bytes(of: "taken.wav") == [1, 2, 3])
    }

    /// A link in the file's place is not followed, wherever it leads.
    @Test func aLinkIsNotFollowed() throws {
        let victim = self.directory.path + "/victim"
        try FileManager.default.createSymbolicLink(
            atPath: self.directory.path + "/link.wav", withDestinationPath: victim)
        let writer = try self.writer()
        let recording = try writer.open(self.name("link"))
        #expect(self.append([1], [1], to: recording))
        #expect(try self.report(of: recording).fault == .alreadyExists)
        #expect(!FileManager.default.fileExists(atPath: victim))
    }

    /// Below the low-water mark running recordings end with what they have, and none begins.
    @Test func lowSpaceStopsRecordings() throws {
        let writer = try self.writer { $0.freeDiskInBytesMin = .max }
        let refused = eventually {
            do {
                let recording = try writer.open(self.name("low-\(UUID().uuidString)"))
                if case .diskSpaceLow = try self.report(of: recording).fault { return false }
                Issue.record("a recording began without the space for it")
                return true
            } catch AudioFilesError.diskSpaceLow(let free, let minimum) {
                return free < minimum
            } catch {
                return false
            }
        }
        #expect(refused)
    }

    @Test func recordingsAreBounded() throws {
        let writer = try self.writer { $0.recordingsMax = 2 }
        let first = try writer.open(self.name("one"))
        let second = try writer.open(self.name("two"))
        #expect(writer.openCount == 2)
        #expect(throws: AudioFilesError.tooManyRecordings(max: 2)) { try writer.open(self.name("three")) }
        first.finish()
        second.finish()
        #expect(eventually { writer.openCount == 0 })
        try writer.open(self.name("three")).finish()
    }

    /// A disk that is gone is an error of the report; the call's side never sees it.
    @Test func aDirectoryThatIsGoneIsReported() throws {
        let writer = try self.writer()
        try FileManager.default.removeItem(atPath: self.directory.path)
        // Nor can it be made again.
        try Data().write(to: URL(filePath: self.directory.path))
        let recording = try writer.open(self.name("gone"))
        #expect(self.append([1], [1], to: recording))
        let report = try self.report(of: recording)
        guard case .system = report.fault else {
            Issue.record("\(String(describing: report.fault))")
            return
        }
        #expect(report.duration == .zero)
        #expect(self.append([1], [1], to: recording), "the call's side goes on")
    }

    @Test func shutdownKeepsWhatWasRecorded() throws {
        let writer = try self.writer()
        let box = ReportBox()
        let recording = try writer.open(self.name("open")) { box.add($0) }
        let frames = [Int16](repeating: 5, count: 1_600)
        #expect(self.append(frames, frames, to: recording))
        #expect(writer.shutdown())
        #expect(recording.report?.fault == nil)
        #expect(recording.report?.duration == .milliseconds(200))
        #expect(box.all == [recording.report].compactMap(\.self))
        #expect(throws: AudioFilesError.shutDown) { try writer.open(self.name("late")) }
    }

    /// A media session that goes away without a word ends its recording.
    @Test func lettingGoFinishes() throws {
        let writer = try self.writer()
        let box = ReportBox()
        var recording: Recording? = try writer.open(self.name("dropped")) { box.add($0) }
        #expect(recording?.name.text == "dropped")
        recording = nil
        #expect(eventually { box.all.count == 1 })
        #expect(box.all.first?.fault == nil)
    }

    /// One thread in, one thread out, over many times the ring's length: nothing is lost, doubled or out of order.
    @Test func framesCrossThreadsInOrder() throws {
        let writer = try self.writer()
        let recording = try writer.open(self.name("order"))
        var next: UInt32 = 0
        while next < 100_000 {
            let count = 1 + Int(next % 997)
            let left = (0..<count).map { Int16(truncatingIfNeeded: Int(next) + $0) }
            let right = (0..<count).map { Int16(truncatingIfNeeded: (Int(next) + $0) >> 16) }
            // A full ring would drop: wait for it as no media thread would.
            while recording.pendingCount + count > Recording.capacity { Thread.sleep(forTimeInterval: 0.001) }
            #expect(self.append(left, right, to: recording))
            next += UInt32(count)
        }
        recording.finish()
        let report = try self.report(of: recording)
        #expect(report.dropped == .zero)
        let contents = try SoundContents.read(path: report.path)
        #expect(contents.channels[0].count == Int(next))
        for index in 0..<contents.channels[0].count {
            let low = Int(UInt16(bitPattern: contents.channels[0][index]))
            #expect(low | Int(contents.channels[1][index]) << 16 == index)
        }
    }

    private final class ReportBox: Sendable {
        private let list = Mutex<[RecordingReport]>([])

        var all: [RecordingReport] { self.list.withLock { $0 } }

        func add(_ report: RecordingReport) {
            self.list.withLock { $0.append(report) }
        }
    }
}
