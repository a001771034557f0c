import Addressing
import Reactor
import Synchronization
import Timekeeping

/// Whom a resolver asks, and how patiently.
package struct ResolverConfiguration: Hashable, Sendable {
    /// Empty takes the system's (`/etc/resolv.conf`).
    package var servers: [TransportAddress] = []
    /// The first wait for one server; c-ares doubles it with each round.
    package var tryTimeout: Duration = .milliseconds(1_500)
    package var tries = 2
    /// Questions that may be open.
    package var openMax = 1_024

    package init() {}
}

/// Asks the DNS through c-ares, on a thread of its own: nothing that a name server does or leaves undone can hold up a
/// call.
package final class Resolver: Sendable {
    fileprivate enum Command: Sendable {
        case ask(DNSQuestion, @Sendable (Result<DNSAnswer, DNSError>) -> Void)
        case stop
    }

    private let inbox: Inbox<Command>
    private let thread: Mutex<LoopThread?>

    package init(_ configuration: ResolverConfiguration) throws(DNSError) {
        do {
            let waker = try Waker()
            let inbox = Inbox<Command>(capacity: configuration.openMax, reservedCapacity: 1, waker: waker)
            self.inbox = inbox
            self.thread = Mutex(
                try LoopThread.start(name: "resolver") { _ in
                    ResolverLoop.run(configuration, inbox, waker)
                })
        } catch {
            throw .unavailable(reason: "the resolver cannot start: \(error)")
        }
    }

    /// The last reference may be let go of by the resolver's own thread, in a completion that it has carried out: nobody
    /// waits for the thread here. It ends by itself, and holds all that it needs.
    deinit {
        self.stop()?.detach()
    }

    /// Calls `completion` once, on the resolver's thread, or here when nothing more is taken.
    package func ask(_ question: DNSQuestion, _ completion: @escaping @Sendable (Result<DNSAnswer, DNSError>) -> Void) {
        guard self.inbox.post(.ask(question, completion)) else { return completion(.failure(.tooMany)) }
    }

    /// Ends every open question with an error, and the thread. Not to be called from a completion.
    package func shutdown() {
        self.stop()?.join()
    }

    /// Tells the thread to end, and gives it to whoever asks first.
    private func stop() -> LoopThread? {
        let thread = self.thread.withLock { thread -> LoopThread? in
            defer { thread = nil }
            return thread
        }
        guard let thread else { return nil }
        _ = self.inbox.postReserved(.stop)
        self.inbox.close()
        return thread
    }
}

/// The resolver's thread: hands questions to c-ares, and c-ares the readiness of its sockets.
private enum ResolverLoop {
    static func run(_ configuration: ResolverConfiguration, _ inbox: Inbox<Resolver.Command>, _ waker: Waker) {
        do {
            try Self.loop(configuration, inbox, waker)
        } catch {
            Self.refuseAll(inbox, .unavailable(reason: "the resolver cannot start: \(error)"))
        }
    }

    private static func loop(
        _ configuration: ResolverConfiguration, _ inbox: Inbox<Resolver.Command>, _ waker: Waker
    ) throws {
        let reactor = try Reactor(batch: 64, waker: waker)
        let sockets = SocketTable(reactor)
        let channel = try AresChannel(
            configuration, watch: SocketWatch { sockets.watch($0, readable: $1, writable: $2) })
        let open = OpenCount()
        var commands: [Resolver.Command] = []
        var isRunning = true
        while isRunning {
            let deadline = channel.millisecondsLeft.map { Reactor.now() + .milliseconds($0) }
            var ready: [Reactor.Readiness] = []
            try reactor.wait(until: deadline) { ready.append($0) }
            for socket in ready {
                channel.process(
                    Int32(truncatingIfNeeded: socket.token), readable: socket.readable || socket.hangup,
                    writable: socket.writable)
            }
            if ready.isEmpty { channel.processTimeouts() }
            inbox.drain(into: &commands)
            for command in commands {
                switch command {
                case .ask(_, let completion) where open.value >= configuration.openMax:
                    completion(.failure(.tooMany))
                case .ask(let question, let completion):
                    open.value += 1
                    channel.ask(question) { result in
                        open.value -= 1
                        completion(result)
                    }
                case .stop:
                    isRunning = false
                }
            }
            // A completion may hold the resolver itself: none is kept while the thread waits.
            commands.removeAll(keepingCapacity: true)
        }
    }

    /// Answers everybody until the owner says stop: a resolver that could not start must not leave a question open.
    private static func refuseAll(_ inbox: Inbox<Resolver.Command>, _ error: DNSError) {
        inbox.close()
        var commands: [Resolver.Command] = []
        inbox.drain(into: &commands)
        for case .ask(_, let completion) in commands { completion(.failure(error)) }
    }

    private final class OpenCount {
        var value = 0
    }
}

/// The sockets of c-ares that the reactor watches.
private final class SocketTable {
    private let reactor: Reactor
    private var watched: Set<Int32> = []

    init(_ reactor: Reactor) {
        self.reactor = reactor
    }

    /// A socket that cannot be watched is as good as one whose server is silent: its question times out.
    func watch(_ descriptor: Int32, readable: Bool, writable: Bool) {
        var interest: Reactor.Interest = []
        if readable { interest.insert(.read) }
        if writable { interest.insert(.write) }
        let token = UInt64(UInt32(bitPattern: descriptor))
        switch (self.watched.contains(descriptor), interest.isEmpty) {
        case (true, true):
            self.watched.remove(descriptor)
            try? self.reactor.remove(descriptor)
        case (true, false):
            try? self.reactor.modify(descriptor, token: token, interest: interest)
        case (false, false):
            guard (try? self.reactor.add(descriptor, token: token, interest: interest)) != nil else { return }
            self.watched.insert(descriptor)
        case (false, true):
            break
        }
    }
}
