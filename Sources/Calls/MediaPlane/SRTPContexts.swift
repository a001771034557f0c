import SRTP

/// The cryptographic state of one SRTP call, made off the media thread and owned by it.
package struct SRTPContexts: ~Copyable {
    private var security: WireSecurity
    package var sender: SRTPSender
    package var receiver: SRTPReceiver

    package init(_ security: WireSecurity, engine: SRTPEngine = .libcrypto) throws(SRTPError) {
        let sender = try SRTPSender(security.profile, security.sendKey, engine: engine)
        let receiver = try SRTPReceiver(security.profile, security.receiveKey, engine: engine)
        self.init(security, sender: sender, receiver: receiver)
    }

    private init(_ security: WireSecurity, sender: consuming SRTPSender, receiver: consuming SRTPReceiver) {
        self.security = security
        self.sender = sender
        self.receiver = receiver
    }

    /// Takes the directions of `newer` whose keys have changed; a direction whose key stays keeps its state, and with it
    /// the rollover counter and the replay window (RFC 3711 section 3.3.1).
    package mutating func renew(by newer: consuming SRTPContexts) {
        let current = self.security
        let wanted = newer.security
        if current.profile != wanted.profile || current.sendKey != wanted.sendKey {
            swap(&self.sender, &newer.sender)
        }
        if current.profile != wanted.profile || current.receiveKey != wanted.receiveKey {
            swap(&self.receiver, &newer.receiver)
        }
        self.security = wanted
    }
}
