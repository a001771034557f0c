import BotProtocol
import CLinux
import Logging
import Reactor
import Timekeeping

/// A child that no call has yet: its pipes are the connector's.
struct WarmChild {
    let endpoint: ProcessEndpoint
    let input: Int32
    let output: Int32
}

/// The processes that are started ahead of their calls.
extension ConnectorLoop {
    func openPools(_ counts: [ProcessEndpoint: Int]) {
        let now = Reactor.now()
        for (endpoint, count) in counts {
            self.pools[endpoint] = WarmPool(countMax: count, at: now)
            self.timers.set(.pool(endpoint), to: now)
        }
    }

    /// Starts what a pool lacks, one at a time.
    func fillPool(_ endpoint: ProcessEndpoint) {
        let now = Reactor.now()
        if self.pools[endpoint]?.begins(at: now) == true {
            do throws(BotConnectionError) {
                // Calls come first: what is kept ahead of them leaves them half of the descriptors.
                let (left, limit) = DescriptorReserve.counts
                guard left > limit / 2 else {
                    throw .systemCall("a warm bot's descriptors", code: clinux_error_too_many_descriptors())
                }
                let (id, pipes, _) = try self.spawn(endpoint, callID: "")
                self.warmChildren[id] = WarmChild(endpoint: endpoint, input: pipes.input, output: pipes.output)
                self.pools[endpoint]?.started(id, at: now)
            } catch {
                self.pools[endpoint]?.notStarted(at: now)
                self.logger.warning(
                    "a bot that should wait for calls was not started",
                    metadata: ["program": "\(endpoint.arguments[0])", "error": "\(error)"])
            }
        }
        self.armPool(endpoint)
    }

    /// A process that waits for this call; nil when there is none.
    func takeWarm(_ endpoint: ProcessEndpoint, callID: String) -> ConnectedBot? {
        defer { self.armPool(endpoint) }
        while let id = self.pools[endpoint]?.take(at: Reactor.now()) {
            // One that died a moment ago is no bot for a call.
            self.childEnded(id)
            guard let warm = self.warmChildren.removeValue(forKey: id), let child = self.children[id] else { continue }
            if !callID.isEmpty { self.children[id]?.logger[metadataKey: "call"] = "\(callID)" }
            return ConnectedBot(
                .process(input: warm.input, output: warm.output, child: id, outcome: child.outcome),
                closing: self.inbox)
        }
        return nil
    }

    /// A child has ended; if it waited, its place is filled again.
    func warmChildEnded(_ id: UInt64) {
        guard let warm = self.warmChildren.removeValue(forKey: id) else { return }
        self.discard(warm.input)
        self.discard(warm.output)
        guard self.pools[warm.endpoint]?.died(id, at: Reactor.now()) == true else { return }
        self.logger.warning(
            "a bot that waited for calls has ended", metadata: ["program": "\(warm.endpoint.arguments[0])"])
        self.armPool(warm.endpoint)
    }

    /// Ends the input of every child that waits, upon which it leaves; starts no other.
    func closePools() {
        for endpoint in self.pools.keys { self.timers.remove(.pool(endpoint)) }
        self.pools = [:]
        for warm in self.warmChildren.values {
            self.discard(warm.input)
            self.discard(warm.output)
        }
        self.warmChildren = [:]
    }

    private func armPool(_ endpoint: ProcessEndpoint) {
        if let deadline = self.pools[endpoint]?.deadline {
            self.timers.set(.pool(endpoint), to: deadline)
        } else {
            self.timers.remove(.pool(endpoint))
        }
    }
}
