import Foundation

extension BaresipPeer {
    /// A gateway with one trunk, `pbx`, that leads to this baresip over TLS and with SRTP.
    ///
    /// The bot `brief` hangs up after 4 s of the caller's audio, `patient` never; `early` says a tone of its own in early
    /// media and answers after 3 s.
    func gateway(
        _ certificates: PeerCertificates, routes: String = "", in workshop: Workshop
    ) async throws -> ServedGateway {
        try await ServedGateway(
            """
            sip:
              certificateFile: \(certificates.certificate)
              keyFile: \(certificates.key)
              listeners: [{transport: tls, address: 127.0.0.1, port: 0}]
            media:
              bindAddress: 127.0.0.1
            trunks:
              pbx:
                type: sip
                transport: tls
                addresses: ["127.0.0.1:\(self.tlsPort)"]
                number: "\(PeerTrial.number)"
                allowedPrefixes: ["+91"]
                bindAddress: 127.0.0.1
                tls:
                  authorityFile: \(certificates.authority)
            bots:
            \(PeerTrial.bot("brief", listen: 4, in: workshop))
            \(PeerTrial.bot("patient", in: workshop))
            \(PeerTrial.bot("early", more: ["--early", "\(Self.earlyTone)", "--answer-after", "3"], in: workshop))
            \(try PeerTrial.recordings(in: workshop))
            \(routes)
            """, in: workshop)
    }

    /// What the bot `early` says before it answers: no harmonic of the other tones.
    static let earlyTone = UDPTrial.earlyTone
}
