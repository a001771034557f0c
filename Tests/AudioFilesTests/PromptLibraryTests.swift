import AudioFiles
import Foundation
import PCM
import Synchronization
import Testing

@Suite struct PromptLibraryTests {
    private let directory: TemporaryDirectory

    init() throws {
        self.directory = try TemporaryDirectory()
    }

    private func prompt(
        _ name: String, rate: SampleRate = .hz8000, limits: PromptLimits = PromptLimits()
    ) throws -> Prompt {
        try PromptLibrary(directory: self.directory.path, limits: limits)
            .prompt(named: PromptName(validating: name), rate: rate)
    }

    @Test func aMonoFileOfTheLinesRateIsTakenAsItIs() throws {
        let samples = sine(440, hertz: 8_000, count: 4_000)
        try self.directory.write(wav(hertz: 8_000, channels: [samples]), to: "menu.wav")
        let prompt = try self.prompt("menu.wav")
        #expect(prompt.samples == samples)
        #expect(prompt.duration == .milliseconds(500))
        #expect(abs(prompt.level.peakLevel + 6.2) < 0.1)
    }

    /// The name may leave the extension out.
    @Test func theExtensionIsFound() throws {
        try self.directory.write(wav(hertz: 8_000, channels: [[1, 2, 3]]), to: "menu.wav")
        #expect(try self.prompt("menu").samples == [1, 2, 3])
    }

    @Test func stereoIsMixed() throws {
        try self.directory.write(
            wav(hertz: 8_000, channels: [[1_000, -2_000, 32_767], [3_000, 2_000, 32_767]]), to: "stereo.wav")
        #expect(try self.prompt("stereo").samples == [2_000, 0, 32_767])
    }

    /// Any rate becomes any of ours, with the tone where it was.
    @Test(arguments: [11_025, 22_050, 44_100, 48_000], SampleRate.allCases)
    func anyRateIsConverted(hertz: Int, rate: SampleRate) throws {
        try self.directory.write(
            wav(hertz: hertz, channels: [sine(500, hertz: hertz, count: hertz)]), to: "tone.wav")
        let prompt = try self.prompt("tone", rate: rate)
        let expected = sine(500, hertz: rate.hertz, count: prompt.samples.count)
        #expect(prompt.duration == .seconds(1))
        for index in 200..<prompt.samples.count - 200 {
            #expect(abs(Int(prompt.samples[index]) - Int(expected[index])) < 10)
        }
    }

    @Test func aMissingPromptIsNamed() throws {
        #expect(throws: AudioFilesError.notFound(name: "absent")) { try self.prompt("absent") }
    }

    @Test func whatIsNoAudioIsRefused() throws {
        try self.directory.write(Array("not a sound".utf8), to: "text.wav")
        do {
            _ = try self.prompt("text")
            Issue.record("text was read as audio")
        } catch AudioFilesError.notAudio(let name, let reason) {
            #expect(name == "text")
            #expect(!reason.isEmpty)
        }
    }

    /// A link may point about within the directory, as mounted configuration does, but not out of it.
    @Test func linksStayInside() throws {
        let outside = try TemporaryDirectory()
        try outside.write(wav(hertz: 8_000, channels: [[7]]), to: "secret.wav")
        try self.directory.write(wav(hertz: 8_000, channels: [[5]]), to: "real.wav")
        let manager = FileManager.default
        try manager.createSymbolicLink(
            atPath: self.directory.path + "/inside.wav", withDestinationPath: "real.wav")
        try manager.createSymbolicLink(
            atPath: self.directory.path + "/absolute.wav", withDestinationPath: outside.path + "/secret.wav")
        try manager.createSymbolicLink(
            atPath: self.directory.path + "/relative.wav",
            withDestinationPath: "../\(outside.url.lastPathComponent)/secret.wav")
        #expect(try self.prompt("inside").samples == [5])
        #expect(throws: AudioFilesError.outsideDirectory(name: "absolute")) { try self.prompt("absolute") }
        #expect(throws: AudioFilesError.outsideDirectory(name: "relative")) { try self.prompt("relative") }
    }

    @Test func aDirectoryIsNoPrompt() throws {
        try FileManager.default.createDirectory(
            atPath: self.directory.path + "/folder.wav", withIntermediateDirectories: false)
        #expect(throws: AudioFilesError.self) { try self.prompt("folder") }
    }

    @Test func aMissingDirectoryIsSaidAtTheStart() {
        #expect(throws: AudioFilesError.self) { try PromptLibrary(directory: self.directory.path + "/none") }
    }

    @Test func sizesAreBounded() throws {
        let samples = [Int16](repeating: 1, count: 8_001)
        try self.directory.write(wav(hertz: 8_000, channels: [samples]), to: "long.wav")
        var limits = PromptLimits()
        limits.durationMax = .seconds(1)
        #expect(throws: AudioFilesError.tooLong(name: "long", max: .seconds(1))) {
            try self.prompt("long", limits: limits)
        }
        limits = PromptLimits()
        limits.fileLengthInBytesMax = 16_045
        #expect(throws: AudioFilesError.tooLarge(name: "long", lengthInBytes: 16_046, max: 16_045)) {
            try self.prompt("long", limits: limits)
        }
        limits.fileLengthInBytesMax = 16_046
        #expect(try self.prompt("long", limits: limits).samples == samples)
    }

    @Test func ratesAndChannelsAreBounded() throws {
        try self.directory.write(wav(hertz: 3_000, channels: [[1]]), to: "slow.wav")
        #expect(throws: AudioFilesError.unsupportedRate(name: "slow", hertz: 3_000)) { try self.prompt("slow") }
        let nine = [[Int16]](repeating: [1], count: 9)
        try self.directory.write(wav(hertz: 8_000, channels: nine), to: "nine.wav")
        #expect(throws: AudioFilesError.tooManyChannels(name: "nine", count: 9, max: 8)) { try self.prompt("nine") }
    }

    /// A prompt is read once; a cache that is full lets the least recently used go.
    @Test func theCacheIsBounded() throws {
        for name in ["a", "b", "c"] {
            try self.directory.write(
                wav(hertz: 8_000, channels: [[Int16](repeating: 1, count: 100)]), to: name + ".wav")
        }
        var limits = PromptLimits()
        limits.cacheLengthInBytesMax = 400
        let library = try PromptLibrary(directory: self.directory.path, limits: limits)
        let names = try ["a", "b", "c"].map { text throws(AudioFilesError) in try PromptName(validating: text) }
        _ = try library.prompt(named: names[0])
        _ = try library.prompt(named: names[1])
        #expect(library.lengthInBytes == 400)
        // The file is gone, the prompt is not.
        try FileManager.default.removeItem(atPath: self.directory.path + "/a.wav")
        #expect(try library.prompt(named: names[0]).samples.count == 100)
        _ = try library.prompt(named: names[2])
        #expect(library.lengthInBytes == 400)
        #expect(library.promptInMemory(named: names[0]) != nil)
        #expect(library.promptInMemory(named: names[1]) == nil)
        #expect(library.promptInMemory(named: names[2]) != nil)
        limits.cacheLengthInBytesMax = 199
        let small = try PromptLibrary(directory: self.directory.path, limits: limits)
        #expect(try small.prompt(named: names[2]).samples.count == 100)
        #expect(small.lengthInBytes == 0)
    }

    @Test func theReadingThreadAnswers() throws {
        try self.directory.write(wav(hertz: 8_000, channels: [[9, 8]]), to: "menu.wav")
        let library = try PromptLibrary(directory: self.directory.path)
        let answers = Answers()
        for name in ["menu", "absent", "menu"] {
            try library.request(PromptName(validating: name)) { answers.add($0) }
        }
        #expect(eventually { answers.all.count == 3 })
        #expect(answers.all.map { try? $0.get().samples } == [[9, 8], nil, [9, 8]])
        library.shutdown()
        #expect(throws: AudioFilesError.shutDown) {
            try library.request(PromptName(validating: "menu")) { answers.add($0) }
        }
        #expect(answers.all.count == 3)
    }

    /// A slow answer cannot hold up the end of the program.
    @Test func shutdownDoesNotWaitForEver() throws {
        try self.directory.write(wav(hertz: 8_000, channels: [[9, 8]]), to: "menu.wav")
        let library = try PromptLibrary(directory: self.directory.path)
        let isReading = Atomic<Bool>(false)
        let mayGoOn = Atomic<Bool>(false)
        try library.request(PromptName(validating: "menu")) { _ in
            isReading.store(true, ordering: .releasing)
            #expect(eventually { mayGoOn.load(ordering: .acquiring) })
        }
        #expect(eventually { isReading.load(ordering: .acquiring) })
        #expect(!library.shutdown(atMost: .milliseconds(20)))
        mayGoOn.store(true, ordering: .releasing)
    }

    /// The last reference may go away on the library's own thread.
    @Test func anAnswerMayLetTheLibraryGo() throws {
        let answers = Answers()
        var library: PromptLibrary? = try PromptLibrary(directory: self.directory.path)
        try library?.request(PromptName(validating: "absent")) { [library] answer in
            withExtendedLifetime(library) { answers.add(answer) }
        }
        library = nil
        #expect(eventually { answers.all.count == 1 })
    }

    @Test func requestsAreBounded() throws {
        var limits = PromptLimits()
        limits.requestsMax = 0
        let library = try PromptLibrary(directory: self.directory.path, limits: limits)
        #expect(throws: AudioFilesError.tooManyRequests(max: 0)) {
            try library.request(PromptName(validating: "menu")) { _ in }
        }
    }

    private final class Answers: Sendable {
        private let list = Mutex<[Result<Prompt, AudioFilesError>]>([])

        var all: [Result<Prompt, AudioFilesError>] { self.list.withLock { $0 } }

        func add(_ answer: Result<Prompt, AudioFilesError>) {
            self.list.withLock { $0.append(answer) }
        }
    }
}
