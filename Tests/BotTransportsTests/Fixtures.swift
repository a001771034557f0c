import BotProtocol
import BotTransports
import CLinux
import Reactor
import Synchronization
import Testing
import Timekeeping

/// Waits, at most so long, for what another thread does. The tests of this room use real pipes and sockets.
func eventually(within patience: Duration = .seconds(20), _ condition: () -> Bool) -> Bool {
    let deadline = Reactor.now() + patience
    while !condition() {
        if deadline <= Reactor.now() { return false }
        _ = clinux_wait_readable(-1, 2)
    }
    return true
}

/// The result of one attempt, handed over from the connector's thread.
final class Attempt: Sendable {
    private let result = Mutex<Result<ConnectedBot, BotConnectionError>?>(nil)
    private let completions = Atomic<Int>(0)

    init(
        _ connector: Connector, _ endpoint: BotEndpoint, deadline: Duration = .seconds(20),
        isWanted: @escaping @Sendable () -> Bool = { true }
    ) {
        connector.connect(endpoint, callID: "test", deadline: deadline, isWanted: isWanted) { outcome in
            self.completions.add(1, ordering: .sequentiallyConsistent)
            self.result.withLock { $0 = outcome }
        }
    }

    var completionCount: Int { self.completions.load(ordering: .sequentiallyConsistent) }

    /// Waits for the outcome and takes it.
    func outcome() throws -> Result<ConnectedBot, BotConnectionError> {
        #expect(eventually { self.result.withLock { $0 != nil } })
        return try #require(
            self.result.withLock { result in
                let taken = result
                result = nil
                return taken
            })
    }

    func bot() throws -> ConnectedBot {
        try self.outcome().get()
    }

    func error() throws -> BotConnectionError? {
        switch try self.outcome() {
        case .success: nil
        case .failure(let error): error
        }
    }
}

/// One message as a test sees it.
struct Message: Equatable {
    var kind: BotMessageKind
    var bytes: [UInt8]

    static func text(_ text: String) -> Message { Message(kind: .text, bytes: Array(text.utf8)) }
    static func binary(_ bytes: [UInt8]) -> Message { Message(kind: .binary, bytes: bytes) }
}

/// Drives a link as a media thread would, without its tick.
struct LinkDriver {
    let link: BotLink
    private(set) var messages: [Message] = []
    private(set) var end: BotLinkEnd?

    init(_ link: BotLink) {
        self.link = link
    }

    mutating func pump(budget: Int = 65_536) {
        self.link.flush()
        var received: [Message] = []
        let result = self.link.receive(budgetInBytes: budget) { kind, bytes in
            var copy: [UInt8] = []
            for index in bytes.indices { copy.append(bytes[index]) }
            received.append(Message(kind: kind, bytes: copy))
        }
        self.messages += received
        if case .closed(let end) = result { self.end = end }
    }

    mutating func pump(until condition: (LinkDriver) -> Bool) -> Bool {
        let deadline = Reactor.now() + .seconds(20)
        while true {
            self.pump()
            if condition(self) { return true }
            if deadline <= Reactor.now() { return false }
            _ = clinux_wait_readable(self.link.readDescriptor, 5)
        }
    }

    @discardableResult
    func send(_ messages: Message..., isAudio: Bool = false) -> Bool {
        var buffer = BotMessageBuffer()
        for message in messages {
            buffer.append(message.kind, isAudio: isAudio) { $0.append(contentsOf: message.bytes) }
        }
        let isComplete = self.link.enqueue(buffer)
        self.link.flush()
        return isComplete
    }
}

/// A Python child for one test. Its program may use `read()`, `text(...)` and `audio(...)`.
func python(_ program: String, environment: [NamedValue] = [], directory: String? = nil) throws -> BotEndpoint {
    let prelude = """
        import json, os, signal, struct, sys, time
        source, sink = sys.stdin.buffer, sys.stdout.buffer
        def read():
            head = source.read(5)
            if len(head) < 5: return None
            kind, length = struct.unpack('>cI', head)
            return kind, source.read(length)
        def write(kind, payload):
            sink.write(struct.pack('>cI', kind, len(payload)) + payload); sink.flush()
        def text(value): write(b'T', value.encode())
        def audio(value): write(b'B', value)

        """
    return .process(
        try ProcessEndpoint(
            arguments: ["python3", "-c", prelude + program], environment: environment, workingDirectory: directory))
}
