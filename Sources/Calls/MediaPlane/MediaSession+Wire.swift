import Addressing
import CallAudio
import RTP
import SRTP
import Timekeeping

extension MediaSession {
    /// Batches of one read: more than that in 20 ms is a flood, and the rest waits or is dropped by the kernel.
    private static let batchesMax = 8
    /// RTCP comes every few seconds: its port is read in every tenth slot.
    private static let rtcpInterval: UInt64 = 10

    func receiveDatagrams(with workspace: SlotWorkspace) {
        for _ in 0..<Self.batchesMax {
            self.sockets?.rtp.receive(into: &workspace.datagrams)
            self.receiveBatch(with: workspace)
            if workspace.datagrams.count < DatagramBatch.capacity { break }
        }
        guard self.counts.slots.isMultiple(of: Self.rtcpInterval) else { return }
        self.sockets?.rtcp.receive(into: &workspace.datagrams)
        self.receiveBatch(with: workspace)
    }

    private func receiveBatch(with workspace: SlotWorkspace) {
        for index in 0..<workspace.datagrams.count {
            let header = workspace.datagrams.header(at: index)
            let count = header.range.count
            guard !header.isTruncated, count >= 2 else {
                self.counts.foreignDatagrams += 1
                continue
            }
            workspace.packet.replace(first: count, with: workspace.datagrams.bytes(in: header.range))
            self.receive(count, from: header.source, at: header.arrival, with: workspace)
        }
    }

    /// Takes the datagram that fills the first `count` bytes of the workspace's packet.
    private func receive(
        _ count: Int, from source: TransportAddress, at arrival: Instant, with workspace: SlotWorkspace
    ) {
        let kind = DatagramKind(workspace.packet.span.extracting(first: count))
        var length = count
        let isAuthenticated = self.srtp != nil
        do throws(SRTPError) {
            switch kind {
            case .rtp:
                length = try self.srtp?.receiver.unprotectRTP(&workspace.packet, count: count) ?? count
            case .rtcp:
                length = try self.srtp?.receiver.unprotectRTCP(&workspace.packet, count: count) ?? count
            case .stun, .dtls, .unknown:
                self.counts.foreignDatagrams += 1
                return
            }
        } catch {
            self.counts.srtpFailures += 1
            if error != .replayed { self.path.noteUnauthentic() }
            return
        }
        let packet = workspace.packet
        self.path.receive(
            packet.span.extracting(first: length), from: source, isAuthenticated: isAuthenticated,
            at: arrival, into: &workspace.output)
    }

    /// Sends what the path has made; on an SRTP call nothing leaves unprotected.
    func sendDatagrams(with workspace: SlotWorkspace) {
        for datagram in workspace.output.datagrams {
            var count = datagram.range.count
            workspace.packet.replace(first: count, with: workspace.output.datagramBytes[datagram.range])
            do throws(SRTPError) {
                switch datagram.kind {
                case .rtp:
                    count = try self.srtp?.sender.protectRTP(&workspace.packet, count: count) ?? count
                case .rtcp:
                    count = try self.srtp?.sender.protectRTCP(&workspace.packet, count: count) ?? count
                }
            } catch {
                self.counts.sendFailures += 1
                continue
            }
            self.send(count, datagram, with: workspace)
        }
        workspace.output.removeDatagrams()
    }

    private func send(_ count: Int, _ datagram: AudioPathOutput.Datagram, with workspace: SlotWorkspace) {
        let isSent: Bool?
        switch datagram.kind {
        case .rtp, .rtcp(usesRTPPort: true):
            isSent = self.sockets?.rtp.send(workspace.packet, count: count, to: datagram.destination)
        case .rtcp(usesRTPPort: false):
            isSent = self.sockets?.rtcp.send(workspace.packet, count: count, to: datagram.destination)
        }
        if isSent != true { self.counts.sendFailures += 1 }
    }
}

extension [UInt8] {
    /// Overwrites the first `count` bytes, which must be there, with `source`, which holds as many.
    fileprivate mutating func replace(first count: Int, with source: ArraySlice<UInt8>) {
        precondition(source.count == count && count <= self.count)
        for (index, byte) in zip(0..<count, source) { self[index] = byte }
    }
}
