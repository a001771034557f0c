import Logging
import NIOCore
import SIPSyntax
import SIPTransport
import SIPUserAgent
import Timekeeping

/// The way of live calls to their peer, made again after it was lost: a BYE or a re-INVITE then finds an open connection,
/// and a carrier that reuses connections can reach us.
struct Redial {
    let sessions: [SessionID]
    var schedule = RedialSchedule()
}

extension Endpoint {
    /// The calls `sessions` lost their connection.
    func redial(_ sessions: [SessionID]) {
        guard !self.isShutDown else { return }
        var lost: [Destination: [SessionID]] = [:]
        for session in sessions {
            guard let destination = self.core.destinationToRedial(of: session) else { continue }
            lost[destination, default: []].append(session)
        }
        for (destination, sessions) in lost where self.redials[destination] == nil {
            guard self.redials.count < Self.redialsMax else { return }
            self.redials[destination] = Redial(sessions: sessions)
            self.scheduleRedial(of: destination)
        }
    }

    private func scheduleRedial(of destination: Destination) {
        var random = SystemRandomNumberGenerator()
        guard let pause = self.redials[destination]?.schedule.next(using: &random) else {
            self.redials[destination] = nil
            self.logger.warning(
                "The connection of live calls could not be made again", metadata: ["peer": "\(destination.host)"])
            return
        }
        self.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(pause.inNanoseconds)) {
            self.assumeIsolated { $0.redialNow(destination) }
        }
    }

    /// Nothing is sent when no call needs it any more.
    private func redialNow(_ destination: Destination) {
        guard !self.isShutDown, let redial = self.redials[destination],
            redial.sessions.contains(where: { self.core.destinationToRedial(of: $0) == destination })
        else {
            self.redials[destination] = nil
            return
        }
        self.transport.assumeIsolated { transport in
            // An empty message opens the connection, its TLS session included, and says nothing.
            transport.send([], to: destination) { [weak self] result in
                guard let self else { return }
                self.eventLoop.execute {
                    self.assumeIsolated { endpoint in
                        switch result {
                        case .success: endpoint.redials[destination] = nil
                        case .failure: endpoint.scheduleRedial(of: destination)
                        }
                    }
                }
            }
        }
    }

    private static var redialsMax: Int { 256 }
}
