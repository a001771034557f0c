internal import Addressing

/// Offer and answer for one audio stream (RFC 3264).
package enum OfferAnswer {
    /// This side's offer: the local codecs in their order, telephone events 0 to 15, and a key for each suite where
    /// media must be encrypted.
    package static func offer(_ local: LocalAudio) -> SessionDescription {
        var formats = local.codecs.map { Offered(payloadType: $0.staticPayloadType, name: $0.rawValue) }
        if local.takesTelephoneEvents {
            formats.append(Offered(payloadType: local.telephoneEventPayloadType, name: Self.telephoneEvent))
        }
        let crypto: [CryptoAttribute] =
            switch local.security {
            case .none: []
            case .sdesRequired(let attributes): attributes
            }
        let media = Self.media(local, formats: formats, crypto: crypto, direction: local.direction, mux: local.rtcpMux)
        var streams = local.refusedStreams
        streams.insert(media, at: local.index)
        return Self.session(local, timing: .permanent, media: streams)
    }

    /// This side's answer. One audio stream is taken: the first that fits; all others are answered with port 0, in
    /// order.
    package static func answer(
        _ offer: SessionDescription, _ local: LocalAudio
    ) throws(SDPRefusal) -> (answer: SessionDescription, negotiated: NegotiatedAudio) {
        var refusal: SDPRefusal?
        for (index, media) in offer.media.enumerated() where media.kind == .audio && media.port != 0 {
            do throws(SDPRefusal) {
                let (stream, negotiated) = try Self.answer(media, in: offer, local)
                var streams = offer.media.map(\.refused)
                streams[index] = stream
                return (Self.session(local, timing: offer.timing, media: streams), negotiated)
            } catch {
                refusal = refusal ?? error
            }
        }
        throw refusal ?? .noAudio
    }

    private static func answer(
        _ media: MediaDescription, in offer: SessionDescription, _ local: LocalAudio
    ) throws(SDPRefusal) -> (MediaDescription, NegotiatedAudio) {
        let crypto = try Self.chooseCrypto(media, local)
        let remote = try RemoteAudio(media, in: offer, local: local)
        // This side's preference decides; the offer's payload type numbers are kept in both directions.
        let choice = local.codecs.lazy.compactMap { codec in
            remote.payloadType(of: .codec(codec)).map { (codec, $0) }
        }.first
        guard let (codec, payloadType) = choice else { throw .noCommonCodec }
        let telephoneEvent = local.takesTelephoneEvents ? remote.payloadType(of: .telephoneEvent) : nil
        let direction = remote.direction(for: local)
        let mux = local.rtcpMux && remote.offersRTCPMux

        var formats = [Offered(payloadType: payloadType, name: codec.rawValue)]
        if let telephoneEvent { formats.append(Offered(payloadType: telephoneEvent, name: Self.telephoneEvent)) }
        let stream = Self.media(
            local, formats: formats, crypto: crypto.map { [$0.own] } ?? [], direction: direction, mux: mux)
        let negotiated = NegotiatedAudio(
            codec: codec, sendPayloadType: payloadType, receivePayloadType: payloadType,
            telephoneEventSend: telephoneEvent, telephoneEventReceive: telephoneEvent,
            ptime: remote.ptime ?? local.ptime, direction: direction,
            remoteDirection: remote.statedDirection, remoteRTP: remote.rtp, remoteRTCP: remote.rtcp,
            rtcpMux: mux,
            security: crypto.map { SDESKeys(suite: $0.own.suite, sendKey: $0.own.key, receiveKey: $0.peer.key) })
        return (stream, negotiated)
    }

    /// Our attribute and the peer's, both under the peer's tag; nil where media is plain.
    private static func chooseCrypto(
        _ media: MediaDescription, _ local: LocalAudio
    ) throws(SDPRefusal) -> (own: CryptoAttribute, peer: CryptoAttribute)? {
        switch (media.transport, local.security) {
        case (.rtpAVP, .none): return nil
        case (.rtpAVP, .sdesRequired): throw .securityRequired
        case (.rtpSAVP, .none): throw .securityUnavailable
        case (.other, _): throw .unsupportedTransport
        case (.rtpSAVP, .sdesRequired(let attributes)):
            var fault: CryptoFault?
            for value in media.values(of: "crypto") {
                do throws(CryptoFault) {
                    let peer = try CryptoAttribute(parsing: value)
                    guard let own = attributes.first(where: { $0.suite == peer.suite }) else { throw .unsupportedSuite }
                    return (own.retagged(peer.tag), peer)
                } catch {
                    fault = fault ?? error
                }
            }
            throw .noUsableCrypto(fault)
        }
    }

    /// Reads the peer's answer to `offer(local)`.
    package static func accept(
        answer: SessionDescription, offered local: LocalAudio
    ) throws(SDPRefusal) -> NegotiatedAudio {
        guard answer.media.count == local.refusedStreams.count + 1 else { throw .mediaCountDiffers }
        let media = answer.media[local.index]
        guard media.kind == .audio, media.port != 0 else { throw .noAudio }
        let keys = try Self.acceptCrypto(media, local)
        let remote = try RemoteAudio(media, in: answer, local: local)
        let choice = remote.formats.lazy.compactMap { format -> (AudioCodecName, UInt8)? in
            guard case .codec(let codec) = format.encoding, local.codecs.contains(codec) else { return nil }
            return (codec, format.payloadType)
        }.first
        guard let (codec, payloadType) = choice else { throw .codecNotOffered }
        let telephoneEvent = local.takesTelephoneEvents ? remote.payloadType(of: .telephoneEvent) : nil
        return NegotiatedAudio(
            codec: codec, sendPayloadType: payloadType, receivePayloadType: codec.staticPayloadType,
            telephoneEventSend: telephoneEvent,
            telephoneEventReceive: telephoneEvent == nil ? nil : local.telephoneEventPayloadType,
            ptime: remote.ptime ?? local.ptime, direction: remote.direction(for: local),
            remoteDirection: remote.statedDirection, remoteRTP: remote.rtp, remoteRTCP: remote.rtcp,
            rtcpMux: local.rtcpMux && remote.offersRTCPMux, security: keys)
    }

    /// The answer takes one of the offered attributes, by its tag and with its suite (RFC 4568 section 5.1.3).
    private static func acceptCrypto(_ media: MediaDescription, _ local: LocalAudio) throws(SDPRefusal) -> SDESKeys? {
        switch (media.transport, local.security) {
        case (.rtpAVP, .none): return nil
        case (.rtpAVP, .sdesRequired), (.rtpSAVP, .none), (.other, _): throw .transportNotOffered
        case (.rtpSAVP, .sdesRequired(let attributes)):
            let values = media.values(of: "crypto")
            guard let value = values.first else { throw .noUsableCrypto(nil) }
            guard values.count == 1 else { throw .noUsableCrypto(.severalKeys) }
            let peer: CryptoAttribute
            do throws(CryptoFault) {
                peer = try CryptoAttribute(parsing: value)
            } catch {
                throw .noUsableCrypto(error)
            }
            guard let own = attributes.first(where: { $0.tag == peer.tag && $0.suite == peer.suite }) else {
                throw .cryptoNotOffered
            }
            return SDESKeys(suite: own.suite, sendKey: own.key, receiveKey: peer.key)
        }
    }
}

extension OfferAnswer {
    /// A payload type and the encoding name of its `rtpmap`.
    private struct Offered {
        let payloadType: UInt8
        let name: String
    }

    private static let telephoneEvent = "telephone-event"

    private static func media(
        _ local: LocalAudio, formats: [Offered], crypto: [CryptoAttribute], direction: MediaDirection, mux: Bool
    ) -> MediaDescription {
        var attributes = formats.map {
            Attribute(checkedName: "rtpmap", value: "\($0.payloadType) \($0.name)/8000")
        }
        for format in formats where format.name == Self.telephoneEvent {
            attributes.append(Attribute(checkedName: "fmtp", value: "\(format.payloadType) 0-15"))
        }
        let milliseconds = local.ptime / .milliseconds(1)
        attributes.append(Attribute(checkedName: "ptime", value: String(Int(milliseconds))))
        attributes.append(Attribute(checkedName: direction.rawValue))
        if mux { attributes.append(Attribute(checkedName: "rtcp-mux")) }
        attributes += crypto.map { Attribute(checkedName: "crypto", value: $0.text) }
        return MediaDescription(
            kind: .audio, port: local.port, transport: local.security == .none ? .rtpAVP : .rtpSAVP,
            formats: formats.compactMap { MediaToken(String($0.payloadType)) }, attributes: attributes)
    }

    private static func session(
        _ local: LocalAudio, timing: SessionDescription.Timing, media: [MediaDescription]
    ) -> SessionDescription {
        SessionDescription(
            origin: SessionDescription.Origin(
                sessionID: local.sessionID, sessionVersion: local.sessionVersion, address: local.address),
            timing: timing, connection: .ip(local.address), media: media)
    }
}
