import Addressing
import Logging
import NIOCore
import SIPSyntax
import SIPTransport
import SIPUserAgent
import Timekeeping

/// Messages in and out.
extension Endpoint {
    func handle(_ event: TransportEvent) {
        let now = Self.now()
        switch event {
        case .received(let received):
            self.handlers.onMessage(
                ObservedMessage(
                    direction: .received, message: received.message, bytes: received.bytes, path: received.path,
                    at: now))
            if case .response(let response) = received.message { self.unanswered.answered(response) }
            let before = self.core.refusals
            let source = RequestSource(received.standing, backlog: self.transport.backlog)
            self.perform(self.core.receive(received.message, from: received.path, source, at: now))
            self.noteRefusals(since: before, received)
        case .malformed(let malformed, let bytes, let path):
            self.handlers.onMessage(
                ObservedMessage(direction: .received, message: nil, bytes: bytes, path: path, at: now))
            self.logger.debug(
                "malformed message", metadata: ["peer": "\(path.remote)", "fault": "\(malformed.fault.sentence)"])
            if let request = malformed.request { self.perform(self.core.receiveMalformed(request, from: path)) }
        case .opened:
            break
        case .closed(let path, let error):
            guard let connection = path.connection else { return }
            let fault = error ?? .closedByPeer(path.remote)
            // Taken first: what is sent again below is noted on its new connection.
            let lost = self.unanswered.takeRequests(on: connection, at: now)
            let orphans = self.core.sessions(on: connection)
            self.perform(self.core.connectionClosed(connection, at: now), after: fault)
            for request in lost {
                self.perform(self.core.connectionLost(connection, carrying: request, at: now), after: fault)
            }
            self.redial(orphans)
        }
    }

    /// What the core turned away for its source is held against that source; its first offence of late is told.
    private func noteRefusals(since before: UserAgentRefusals, _ received: ReceivedMessage) {
        let path = received.path
        if self.core.refusals.strangers > before.strangers, self.transport.note(.uninvitedCall, from: path) {
            self.logger.notice("An INVITE was refused with 403: \(path.remote.address) is a source of no trunk")
        }
        if self.core.refusals.foreignRequests > before.foreignRequests {
            guard self.transport.note(.foreignRequest, from: path) || received.standing == .known else { return }
            self.logger.notice("\(path.remote) sent a request for a call of somebody else, which goes on")
        }
    }

    func send(_ bytes: [UInt8], _ message: SIPMessage, to destination: Destination) {
        let sentAt = Self.now()
        self.transport.assumeIsolated { transport in
            transport.send(bytes, to: destination) { [weak self] result in
                guard let self else { return }
                switch result {
                case .success(let path):
                    self.assumeIsolated { $0.didSend(message, bytes, on: path, at: sentAt) }
                case .failure(let error):
                    // A failure may be told before `send` returns, and the core must not be entered twice.
                    self.eventLoop.execute {
                        self.assumeIsolated { $0.didNotSend(message, bytes, to: destination, at: sentAt, error) }
                    }
                }
            }
        }
    }

    private func didSend(_ message: SIPMessage, _ bytes: [UInt8], on path: TransportPath, at sentAt: Instant) {
        self.handlers.onMessage(
            ObservedMessage(direction: .sent, message: message, bytes: bytes, path: path, at: sentAt))
        if case .request(let request) = message, let connection = path.connection {
            self.unanswered.note(request, on: connection, at: sentAt)
        }
    }

    private func didNotSend(
        _ message: SIPMessage, _ bytes: [UInt8], to destination: Destination, at sentAt: Instant,
        _ error: TransportError
    ) {
        self.handlers.onMessage(
            ObservedMessage(
                direction: .notSent(error), message: message, bytes: bytes, path: destination.path, at: sentAt))
        let now = Self.now()
        switch (message, destination.transport.isReliable && error.isLossOfConnection) {
        case (.request(let request), true):
            let connection = destination.path?.connection
            self.perform(self.core.connectionLost(connection, carrying: request, at: now), after: error)
        case (.request, false), (.response, _):
            self.perform(self.core.transportFailed(message, at: now), after: error)
        }
    }
}
