module vouch.example/shop

go 1.21
