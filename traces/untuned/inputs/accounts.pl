#!/usr/bin/perl
# A month's log of a small shop: lines are made, parsed, grouped, sorted, and printed as pages.
use strict;
use warnings;

my $seed = 7;
sub dice { $seed = ($seed * 1103515245 + 12345) % 2147483648; return int($seed / 65536) % $_[0] }

my @names = map { my $n = $_; join '', map { chr(97 + ($n * 7 + $_ * 5) % 26) } 0 .. 3 + $n % 6 } 1 .. 60;
my @goods = qw(bread flour salt butter honey milk apples nails rope paint brushes candles soap thread);

my @log;
for my $day (1 .. 30) {
    for (1 .. 40 + dice(40)) {
        my $line = sprintf '2024-06-%02d %02d:%02d ', $day, 7 + dice(12), dice(60);
        $line .= $names[dice(scalar @names)] . ' ';
        $line .= join ', ', map { (1 + dice(9)) . ' x ' . $goods[dice(scalar @goods)] . ' @ ' . sprintf('%.2f', 0.2 + dice(900) / 100) }
            0 .. dice(4);
        $line .= ' # ' . ucfirst reverse($names[dice(scalar @names)]) if dice(5) == 0;
        push @log, $line;
    }
}

my (%customer, %sold, %remarks);
for my $line (@log) {
    my ($date, $time, $who, $rest) = $line =~ /^(\S+) (\S+) (\w+) (.*)$/ or next;
    $remarks{$who} .= "$date: $1; " if $rest =~ s/ # (\w+)$//;
    my $total = 0;
    for my $item (split /,\s*/, $rest) {
        my ($count, $what, $price) = $item =~ /(\d+) x (\w+) @ ([\d.]+)/ or next;
        $total += $count * $price;
        push @{ $sold{$what}{$date} }, { count => $count, price => $price, who => $who };
    }
    push @{ $customer{$who}{visits} }, { date => $date, time => $time, total => $total };
    $customer{$who}{sum} += $total;
}

print "Customers\n";
for my $who (sort { $customer{$b}{sum} <=> $customer{$a}{sum} || $a cmp $b } keys %customer) {
    my @visits = @{ $customer{$who}{visits} };
    my $latest = (sort map { "$_->{date} $_->{time}" } @visits)[-1];
    printf "%-12s %4d visits %9.2f, last %s %s\n", $who, scalar @visits, $customer{$who}{sum}, $latest, $remarks{$who} // '';
}
print "\nGoods\n";
for my $what (sort keys %sold) {
    my @days = sort keys %{ $sold{$what} };
    my @lines = map {
        my $day = $_;
        my ($count, $value) = (0, 0);
        for my $sale (@{ $sold{$what}{$day} }) { $count += $sale->{count}; $value += $sale->{count} * $sale->{price} }
        "$day:$count/" . sprintf('%.2f', $value);
    } @days;
    my $text = join ' ', @lines;
    $text =~ s/(.{1,70})(?:\s+|$)/  $1\n/g;
    print "$what\n$text";
    delete $sold{$what};
}
my %words;
$words{ lc $_ }++ for map { split /\W+/ } @log;
print join(' ', map { "$_=$words{$_}" } (sort { $words{$b} <=> $words{$a} || $a cmp $b } keys %words)[0 .. 40]), "\n";
