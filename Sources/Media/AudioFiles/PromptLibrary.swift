import CLinux
import PCM
import Synchronization

/// The prompts of a directory, by name: read once, mixed to mono, at the rate asked for, and kept.
///
/// A name cannot leave the directory: ``PromptName`` has no separators, and a symbolic link is followed only while it
/// stays beneath it. Any format, rate (4 to 192 kHz) and channel count (up to 8) of libsndfile will do. A file that is
/// replaced on disk while its prompt is kept is not noticed.
package final class PromptLibrary: Sendable {
    package let directory: String
    package let limits: PromptLimits
    private let shelf: PromptShelf
    private let desk: PromptDesk
    private let thread: WorkerThread

    /// Opens the directory, which must exist, and starts the reading thread.
    package init(directory: String, limits: PromptLimits = PromptLimits()) throws(AudioFilesError) {
        let place = try OpenDirectory(path: directory, creates: false)
        let shelf = PromptShelf(reader: PromptReader(directory: place, limits: limits), limits: limits)
        let desk = PromptDesk()
        self.directory = directory
        self.limits = limits
        self.shelf = shelf
        self.desk = desk
        self.thread = try WorkerThread(name: "prompts") { bell in
            while let requests = desk.take() {
                if requests.isEmpty { bell.wait(atMost: nil) }
                for request in requests {
                    request.completion(
                        Result { () throws(AudioFilesError) in try shelf.prompt(request.name, rate: request.rate) })
                }
            }
        }
    }

    deinit {
        self.shutdown()
    }

    /// The prompt, from memory or else from the disk: this can wait for the disk, so it is not for a media thread or an
    /// event loop.
    package func prompt(named name: PromptName, rate: SampleRate = .hz8000) throws(AudioFilesError) -> Prompt {
        try self.shelf.prompt(name, rate: rate)
    }

    /// The prompt if it is in memory. Never waits for the disk.
    package func promptInMemory(named name: PromptName, rate: SampleRate = .hz8000) -> Prompt? {
        self.shelf.promptInMemory(name, rate: rate)
    }

    /// Has the reading thread find the prompt. `completion` is called once, on that thread, and must not wait.
    package func request(
        _ name: PromptName, rate: SampleRate = .hz8000,
        completion: @escaping @Sendable (Result<Prompt, AudioFilesError>) -> Void
    ) throws(AudioFilesError) {
        let request = PromptRequest(name: name, rate: rate, completion: completion)
        try self.desk.admit(request, max: self.limits.requestsMax)
        self.thread.bell.ring()
    }

    /// The bytes of samples in memory.
    package var lengthInBytes: Int { self.shelf.lengthInBytes }

    /// Answers the requests that wait with ``AudioFilesError/shutDown`` and ends the reading thread; waits for it at most
    /// for `duration`, and returns whether it ended.
    @discardableResult
    package func shutdown(atMost duration: Duration = .seconds(3)) -> Bool {
        for request in self.desk.stop() { request.completion(.failure(.shutDown)) }
        self.thread.bell.ring()
        return self.thread.join(atMost: duration)
    }
}

/// A prompt that someone waits for.
struct PromptRequest: Sendable {
    let name: PromptName
    let rate: SampleRate
    let completion: @Sendable (Result<Prompt, AudioFilesError>) -> Void
}

/// Where requests wait for the reading thread.
final class PromptDesk: Sendable {
    private enum State {
        case open([PromptRequest])
        case stopped
    }

    private let state = Mutex(State.open([]))

    func admit(_ request: PromptRequest, max: Int) throws(AudioFilesError) {
        let refusal: AudioFilesError? = self.state.withLock { state in
            guard case .open(var requests) = state else { return .shutDown }
            if requests.count >= max { return .tooManyRequests(max: max) }
            requests.append(request)
            state = .open(requests)
            return nil
        }
        if let refusal { throw refusal }
    }

    /// What waits, which may be nothing; nil once the desk has stopped.
    func take() -> [PromptRequest]? {
        self.state.withLock { state in
            guard case .open(let requests) = state else { return nil }
            state = .open([])
            return requests
        }
    }

    /// Stops, and returns what was still waiting.
    func stop() -> [PromptRequest] {
        self.state.withLock { state in
            guard case .open(let requests) = state else { return [] }
            state = .stopped
            return requests
        }
    }
}
